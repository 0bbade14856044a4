"""Server-sent frames as bytes. Pure.

Each change is encoded once; a viewer's frame is the join of the pieces that this viewer may see.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from api.floor.schemas import Figures, FloorCampaign, Lamp
from dialer.store.events import Change, moment

RETRY = b"retry: 1000\n\n"
RESET = b"event: reset\ndata: {}\n\n"
ALIVE = b": alive\n\n"


def piece(change: Change, more: Mapping[str, Any]) -> bytes:
    """One change; `more` is what the log does not hold."""
    return _json({"kind": change.kind, "body": {**change.body, **more}})


def changes(cursor: str, at: datetime, pieces: Iterable[bytes]) -> bytes:
    """Some changes as one frame; whoever resumes at `cursor` gets what comes after them."""
    data = b'{"at":%b,"changes":[%b]}' % (_json(moment(at)), b",".join(pieces))
    return b"id: %b\nevent: changes\ndata: %b\n\n" % (cursor.encode(), data)


def figures(day: Figures, lamps: Iterable[Lamp], campaigns: Iterable[FloorCampaign]) -> bytes:
    """The figures; no id, because only the newest ones count."""
    data = {
        "figures": day.model_dump(mode="json"),
        "lamps": [lamp.model_dump(mode="json") for lamp in lamps],
        "campaigns": [campaign.model_dump(mode="json") for campaign in campaigns],
    }
    return b"event: figures\ndata: %b\n\n" % _json(data)


def _json(value: Any) -> bytes:
    """On one line: a line break would end the frame's data."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
