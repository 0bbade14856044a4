"""Rows of a file made into batches: leads and rejects as COPY takes them, and their counts. Pure but for the ids."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from api.ids import new_id
from api.numbers.rules import Consent, Person, Plan, Reject, RejectReason, read_row

BATCH = 10_000  # rows; half a second in one transaction, which live views wait for
BATCH_BYTES = 8_000_000  # of the plain form: a file of long cells takes no more memory than another
LEADS = (
    *("n", "row", "head", "id", "number", "again", "person_id", "name", "region", "quality"),
    *("consent_source", "consent_basis", "consent_proof", "fields"),
)
REJECTS = ("import_id", "row", "head", "reason", "value")
_JSON = json.JSONEncoder(ensure_ascii=False).encode
Row = tuple[int, int, list[str]]  # where the next one begins, the row's number, its cells


@dataclass(frozen=True)
class Batch:
    """Rows from `start` up to `position`, bytes of the plain form; `numbers` could be leads."""

    start: int
    position: int
    rows: int = 0
    numbers: int = 0
    without_consent: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    leads: bytes = b""
    rejects: bytes = b""


def batches(rows: Iterable[Row], plan: Plan, import_id: str, start: int, size: int = BATCH) -> Iterator[Batch]:
    """Every row, `size` at a time; where a batch ends depends on the file alone."""
    making = _Making(plan, import_id, start)
    for position, row, cells in rows:
        making.add(position, row, cells)
        if making.rows >= size or position - making.start >= BATCH_BYTES:
            yield making.made()
            making = _Making(plan, import_id, position)
    if making.rows:
        yield making.made()


def rejects_of(batch: Batch) -> list[Reject]:
    """The rows that are no leads whatever is there, as they were written for COPY."""
    lines = csv.reader(io.StringIO(batch.rejects.decode(), newline=""))
    return [Reject(int(row), head, RejectReason(why), value) for _import_id, row, head, why, value in lines]


class _Making:
    """A batch that is growing."""

    def __init__(self, plan: Plan, import_id: str, start: int) -> None:
        self.start, self.position, self.rows = start, start, 0
        self._plan, self._import_id = plan, import_id
        self._numbers: set[str] = set()
        self._count = self._without_consent = 0
        self._rejected: Counter[str] = Counter()
        self._leads, self._rejects = _Copy(), _Copy()

    def add(self, position: int, row: int, cells: list[str]) -> None:
        """One more row."""
        self.position, self.rows = position, self.rows + 1
        person, rejects = read_row(row, cells, self._plan)
        if person is not None:
            self._add_person(person)
        for reject in rejects:
            self._add_reject(reject)

    def _add_person(self, person: Person) -> None:
        person_id = new_id() if len(person.numbers) > 1 else ""
        consent = person.consent if person.consent.is_whole else Consent()
        said = (consent.source, consent.basis, consent.proof)
        about = (person_id, person.name, person.region, person.quality, *said)
        extra = _JSON(person.fields) if person.fields else ""
        for number in person.numbers:
            again = "t" if number.number in self._numbers else "f"
            self._numbers.add(number.number)
            self._leads.write((self._count, person.row, number.column, new_id(), number.number, again, *about, extra))
            self._count += 1
            self._without_consent += not consent.basis

    def _add_reject(self, reject: Reject) -> None:
        self._rejected[reject.reason.value] += 1
        self._rejects.write((self._import_id, reject.row, reject.column, reject.reason.value, reject.value))

    def made(self) -> Batch:
        """The batch as it is now."""
        counts = (self.rows, self._count, self._without_consent, dict(self._rejected))
        return Batch(self.start, self.position, *counts, self._leads.content(), self._rejects.content())


@dataclass
class _Copy:
    """Lines for COPY's format csv; what is empty is null there, unless COPY is told otherwise."""

    _out: io.StringIO = field(default_factory=lambda: io.StringIO(newline=""))

    def __post_init__(self) -> None:
        self.write = csv.writer(self._out, lineterminator="\n").writerow

    def content(self) -> bytes:
        return self._out.getvalue().encode()
