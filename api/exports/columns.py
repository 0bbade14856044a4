"""What stands in each column of an exported list of recordings. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from api.auth.roles import Role
from api.exports.rules import sees_persons
from api.exports.words import Language, head, word
from api.masking import shown
from api.recordings.listing import length_s
from api.recordings.search import Found
from recordings.problem_rules import problems_of

Cell = str | float | datetime | None


@dataclass(frozen=True)
class Sight:
    """How the person who asked sees the rows."""

    roles: Collection[Role]
    language: Language
    zone: ZoneInfo


class Column(NamedTuple):
    """One column; a personal one is left out for who sees no persons."""

    name: str
    value: Callable[[Found, Sight], Cell]
    is_personal: bool = False


def heads(sight: Sight) -> list[str]:
    """The words over the columns."""
    return [head(column.name, sight.language) for column in _columns(sight)]


def cells(found: Sequence[Found], sight: Sight) -> list[list[Cell]]:
    """The rows under them."""
    columns = _columns(sight)
    return [[column.value(one, sight) for column in columns] for one in found]


def _columns(sight: Sight) -> list[Column]:
    return [column for column in COLUMNS if sees_persons(sight.roles) or not column.is_personal]


def _local(moment: datetime, sight: Sight) -> datetime:
    return moment.astimezone(sight.zone).replace(tzinfo=None, microsecond=0)


def _seconds(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 3)


def _problems(found: Found, sight: Sight) -> str:
    row = found.row
    kinds = problems_of(row.status, row.reason, row.repaired, row.difference_s)
    return ", ".join(word(kind.value, sight.language) for kind in kinds)


COLUMNS = (
    Column("call", lambda found, _sight: found.row.attempt_id),
    Column("started_at", lambda found, sight: _local(found.row.started_at, sight)),
    Column("agent_name", lambda found, _sight: found.row.agent_name, is_personal=True),
    Column("agent_username", lambda found, _sight: found.row.agent_username, is_personal=True),
    Column("campaign", lambda found, _sight: found.row.campaign_name),
    Column("region", lambda found, _sight: found.row.region),
    Column("number", lambda found, sight: shown(found.row.number, sight.roles), is_personal=True),
    Column("length_s", lambda found, _sight: _seconds(length_s(found))),
    Column("talk_s", lambda found, _sight: _seconds(found.row.talk_s)),
    Column("disposition", lambda found, sight: word(found.disposition, sight.language)),
    Column("status", lambda found, sight: word(found.row.status, sight.language)),
    Column("reason", lambda found, sight: word(found.row.reason, sight.language)),
    Column("problems", _problems),
    Column("incidents", lambda found, sight: ", ".join(word(kind, sight.language) for kind in found.incidents)),
    Column("sealed_at", lambda found, sight: _local(found.row.sealed_at, sight)),
    Column("sha256", lambda found, _sight: found.row.sha256_pcm.hex() if found.row.sha256_pcm else None),
)
