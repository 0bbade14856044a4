"""What a row of a region's file says, and what is wrong with it. Pure.

Numbers come as people write them: with blanks, dashes, brackets, full-width digits, country codes, and as Excel
damages them (`13812341234.0`, `1.38E+10`).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import phonenumbers

from dialer.core.numbers import canonical, mask

COLUMNS_MAX = 200
CELL_MAX = 2_000  # characters: longer is no name and no number
NUMBERS_MAX = 5  # of one person


class Meaning(StrEnum):
    """What a column holds; `extra` is kept with the lead for the agent's screen, `skip` is not kept."""

    PHONE = "phone"
    NAME = "name"
    REGION = "region"
    QUALITY = "quality"
    CONSENT_SOURCE = "consent_source"
    CONSENT_BASIS = "consent_basis"
    CONSENT_PROOF = "consent_proof"
    EXTRA = "extra"
    SKIP = "skip"


class RejectReason(StrEnum):
    """Why a row, or one of its numbers, did not become a lead: shown, and in the file to download."""

    NO_NUMBER = "no_number"
    MALFORMED = "malformed"
    ROUNDED = "rounded"  # Excel made 1.38E+10 of it: digits are lost
    SHORT_NUMBER = "short_number"  # 110, 10010, 95588: emergency and service numbers
    SERVICE_NUMBER = "service_number"  # 400, 800
    FOREIGN = "foreign"
    FORMULA = "formula"
    CONTROL_CHARACTER = "control_character"
    BAD_ENCODING = "bad_encoding"
    CELL_TOO_LONG = "cell_too_long"
    TOO_MANY_COLUMNS = "too_many_columns"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DUPLICATE_IN_CAMPAIGN = "duplicate_in_campaign"
    DUPLICATE_IN_CENTRE = "duplicate_in_centre"
    REGISTERED = "registered"
    DNC = "dnc"


@dataclass(frozen=True)
class Reject:
    """One row, or one number of it, that is no lead. `value` is masked."""

    row: int
    column: str
    reason: RejectReason
    value: str = ""


@dataclass(frozen=True)
class Consent:
    """Who got the consent and where, on which ground, and where the proof lies (13 ministries 2018; PIPL art. 13)."""

    source: str = ""
    basis: str = ""
    proof: str = ""

    @property
    def is_whole(self) -> bool:
        """Only with all three may a number be dialed."""
        return bool(self.source and self.basis and self.proof)


@dataclass(frozen=True)
class Plan:
    """What each column means; `region` and `consent` are the file's own, for rows that say nothing."""

    heads: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    region: str = ""
    consent: Consent = Consent()

    def head(self, column: int) -> str:
        """A column's name; one without is `#` and its number, from 1."""
        return self.heads[column] if column < len(self.heads) and self.heads[column] else f"#{column + 1}"

    @cached_property
    def phones(self) -> tuple[tuple[int, str], ...]:
        """Columns of numbers, with their names."""
        return self._columns(lambda meaning: meaning is Meaning.PHONE)

    @cached_property
    def extras(self) -> tuple[tuple[int, str], ...]:
        """Columns that are kept as they are, with their names."""
        return self._columns(lambda meaning: meaning is Meaning.EXTRA)

    @cached_property
    def singles(self) -> tuple[tuple[int, Meaning], ...]:
        """Columns of which a row has one value."""
        many = (Meaning.PHONE, Meaning.EXTRA, Meaning.SKIP)
        return tuple((at, meaning) for at, meaning in enumerate(self.meanings) if meaning not in many)

    @cached_property
    def says_consent(self) -> bool:
        """Whether a row can bring a consent of its own."""
        return any(meaning in _CONSENT for meaning in self.meanings)

    def _columns(self, wanted: Callable[[Meaning], bool]) -> tuple[tuple[int, str], ...]:
        return tuple((at, self.head(at)) for at, meaning in enumerate(self.meanings) if wanted(meaning))


@dataclass(frozen=True)
class Number:
    """One number of a person, and the column it stood in."""

    number: str
    column: str


@dataclass(frozen=True)
class Person:
    """A row that can be a lead, or several: one for each number."""

    row: int
    numbers: tuple[Number, ...]
    name: str
    region: str
    quality: str
    consent: Consent
    fields: Mapping[str, str] = field(default_factory=dict)


_WORDS: Mapping[Meaning, tuple[str, ...]] = {
    Meaning.PHONE: (
        *(
            "手机号码",
            "手机号",
            "手机",
            "电话号码",
            "电话",
            "联系电话",
            "联系方式",
            "号码",
            "固话",
            "座机",
            "备用电话",
        ),
        *("phone", "mobile", "tel", "telephone", "number", "phonenumber", "cell"),
    ),
    Meaning.NAME: ("姓名", "客户姓名", "客户名称", "用户姓名", "联系人", "name", "customer", "fullname"),
    Meaning.REGION: ("地区", "区域", "归属地", "城市", "省份", "region", "city", "province", "area"),
    Meaning.QUALITY: ("等级", "级别", "质量", "客户等级", "quality", "grade", "level"),
    Meaning.CONSENT_SOURCE: ("同意来源", "授权来源", "consentsource"),
    Meaning.CONSENT_BASIS: ("同意依据", "授权依据", "同意方式", "consentbasis", "consent"),
    Meaning.CONSENT_PROOF: ("同意凭证", "授权凭证", "证明", "consentproof", "proof"),
}
_CONSENT = (Meaning.CONSENT_SOURCE, Meaning.CONSENT_BASIS, Meaning.CONSENT_PROOF)
_KNOWN = {word: meaning for meaning, words in _WORDS.items() for word in words}
_SEPARATORS = re.compile(r"[\s\-().·_/]+")
_TRAILING_DIGIT = re.compile(r"[\s_\-]*[0-9一二三四五]+$")
_SCIENTIFIC = re.compile(r"^[0-9](\.[0-9]+)?E\+?[0-9]+$", re.IGNORECASE)
_DATE = re.compile(r"^[12][0-9]{3}([-/.])[0-9]{1,2}\1[0-9]{1,2}( |$)", re.ASCII)
_PERSONAL = re.compile(r"^(tel:)?\+?[0-9]{7,}[xX]?$", re.ASCII)  # x ends some identity numbers
_DIGITS = re.compile(r"^\+?[0-9]+$", re.ASCII)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")  # as nearly all are written: what `canonical` says of it is known


def head_key(head: str) -> str:
    """A header as it is compared and remembered: folded, without blanks and punctuation."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", head)).lower()


def is_header(cells: Sequence[str]) -> bool:
    """Whether a first row names columns: no cell of it is a number that could be called."""
    return any(cells) and not any(map(is_number, cells))


def propose(
    heads: Sequence[str], remembered: Mapping[str, Meaning], sample: Sequence[Sequence[str]]
) -> list[Meaning]:
    """What the columns probably mean: as this region's last file had it, by known words, by what stands in them."""
    found = [_meaning(head, remembered) for head in heads]
    if Meaning.PHONE in found:
        return found
    for column in range(len(heads)):
        cells = [row[column] for row in sample if column < len(row) and row[column]]
        if cells and sum(map(is_number, cells)) * 2 > len(cells):
            found[column] = Meaning.PHONE
    return found


def _meaning(head: str, remembered: Mapping[str, Meaning]) -> Meaning:
    key = head_key(head)
    bare = _TRAILING_DIGIT.sub("", key)
    return remembered.get(key) or _KNOWN.get(key) or _KNOWN.get(bare) or (Meaning.EXTRA if key else Meaning.SKIP)


def is_number(cell: str) -> bool:
    """Whether a cell holds a number that could be called."""
    return not isinstance(number_of(cell), RejectReason)


def number_of(text: str) -> str | RejectReason:
    """The canonical number in a cell, or why there is none."""
    if _MOBILE.fullmatch(text):
        return f"+86{text}"
    plain = text if text.isascii() else _visible(unicodedata.normalize("NFKC", text))
    plain = plain.strip().removeprefix("'").removesuffix(".0")
    if found := canonical(plain):
        return found
    if not plain:
        return RejectReason.NO_NUMBER
    if plain[0] in "=@":
        return RejectReason.FORMULA
    if _SCIENTIFIC.match(plain):
        return RejectReason.ROUNDED
    return _odd_number(_SEPARATORS.sub("", plain.lower().removeprefix("tel:")))


def _odd_number(digits: str) -> str | RejectReason:
    """A number that is not written as ours are."""
    if not _DIGITS.match(digits):
        return RejectReason.MALFORMED
    home = re.sub(r"^(\+86|0086)", "", digits)
    home = home[2:] if len(home) == 13 and home.startswith("86") else home
    if found := canonical(home):
        return found
    if len(home) <= 6 and not home.startswith("+"):
        return RejectReason.SHORT_NUMBER
    if home.startswith(("400", "800")) and len(home) == 10:
        return RejectReason.SERVICE_NUMBER
    return RejectReason.FOREIGN if _is_foreign(digits) else RejectReason.MALFORMED


def _is_foreign(digits: str) -> bool:
    text = f"+{digits[2:]}" if digits.startswith("00") else digits
    try:
        read = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return False
    return read.country_code != 86 and phonenumbers.is_possible_number(read)


def read_row(row: int, cells: Sequence[str], plan: Plan) -> tuple[Person | None, list[Reject]]:
    """The person in a row, None without one good number, and what was wrong with the row or its other numbers."""
    if (broken := _broken(cells)) is not None:
        column, reason = broken
        return None, [Reject(row, plan.head(column), reason)]
    numbers, rejects = _numbers(row, cells, plan)
    if not numbers:
        return None, rejects or [Reject(row, "", RejectReason.NO_NUMBER)]
    width = len(cells)
    said = {meaning: text(cells[at]) for at, meaning in plan.singles if at < width}
    person = Person(
        row=row,
        numbers=numbers,
        name=said.get(Meaning.NAME, ""),
        region=said.get(Meaning.REGION) or plan.region,
        quality=said.get(Meaning.QUALITY, ""),
        consent=_consent(said, plan.consent) if plan.says_consent else plan.consent,
        fields={head: word for at, head in plan.extras if at < width and (word := text(cells[at]))},
    )
    return person, rejects


def _consent(said: Mapping[Meaning, str], common: Consent) -> Consent:
    """The row's own words, each else the file's."""
    return Consent(
        said.get(Meaning.CONSENT_SOURCE) or common.source,
        said.get(Meaning.CONSENT_BASIS) or common.basis,
        said.get(Meaning.CONSENT_PROOF) or common.proof,
    )


def text(cell: str) -> str:
    """What a person reads in a cell: normal forms, nothing invisible, no blanks around it."""
    return cell.strip() if cell.isascii() else _visible(unicodedata.normalize("NFKC", cell)).strip()


def _visible(cell: str) -> str:
    """Without marks that turn the direction of writing, and others that nobody sees."""
    if cell.isprintable():
        return cell
    return "".join(char for char in cell if unicodedata.category(char) != "Cf")


def _broken(cells: Sequence[str]) -> tuple[int, RejectReason] | None:
    """The first cell that makes the row unusable."""
    if len(cells) > COLUMNS_MAX:
        return COLUMNS_MAX, RejectReason.TOO_MANY_COLUMNS
    together = "".join(cells)
    if len(together) <= CELL_MAX and together.isprintable():
        return None
    return next(((at, found) for at, cell in enumerate(cells) if (found := _spoiling(cell)) is not None), None)


def _spoiling(cell: str) -> RejectReason | None:
    """What is in a cell that no row may hold."""
    if len(cell) > CELL_MAX:
        return RejectReason.CELL_TOO_LONG
    if cell.isprintable():
        return None
    for char in cell:
        kind = unicodedata.category(char)
        if kind == "Cs":
            return RejectReason.BAD_ENCODING
        if kind == "Cc" and char not in "\t\n\r":
            return RejectReason.CONTROL_CHARACTER
    return None


def _numbers(row: int, cells: Sequence[str], plan: Plan) -> tuple[tuple[Number, ...], list[Reject]]:
    numbers: dict[str, Number] = {}
    rejects = []
    for at, head in plan.phones:
        if at >= len(cells) or not cells[at].strip():
            continue
        found = number_of(cells[at])
        if isinstance(found, RejectReason):
            rejects.append(Reject(row, head, found, mask_any(cells[at])))
        elif len(numbers) < NUMBERS_MAX:
            numbers.setdefault(found, Number(found, head))
    return tuple(numbers.values()), rejects


def hides(cell: str) -> bool:
    """Whether a cell is, or once was, a number of a person: seven digits or more and nothing else, and no date."""
    said = text(cell).removeprefix("'")
    return not _DATE.match(said) and bool(_PERSONAL.match(_SEPARATORS.sub("", said)))


def mask_any(cell: str) -> str:
    """What may be shown of something that is perhaps a number: its form, never its digits."""
    digits = re.sub(r"\D", "", text(cell))
    return mask(digits) if digits else "…" if cell.strip() else ""
