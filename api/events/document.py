"""What the OpenAPI document says of the stream, by hand: the document has no words for events."""

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from api.events.schemas import Changes, Standing

CALL = {
    "id": "019e2f6c-0d1c-7a52-9a3e-5b1f5c0e7a11",
    "campaign_id": "019e2f6c-0d1c-7a52-9a3e-5b1f5c0e7a12",
    "agent_id": None,
    "number": "138****1234",
    "mode": "progressive",
    "state": "dialing",
    "opened_at": "2026-11-24T01:02:03Z",
    "answered_at": None,
    "connected_at": None,
}
EXAMPLE = "\n".join(
    (
        "retry: 1000\n",
        "event: figures",
        'data: {"figures":{"day":"2026-11-24","dialed":412,...},"lamps":[...],"campaigns":[...]}\n',
        "id: 3f2-1a7",
        "event: changes",
        "data: " + json.dumps({"at": "2026-11-24T01:02:03Z", "changes": [{"kind": "call", "body": CALL}]}) + "\n",
        ": alive\n",
        "event: reset",
        "data: {}\n\n",
    )
)
TEXT = """Server-sent events. `changes` (data: Changes) come each once and in order, with the cursor in `id`; \
`figures` (data: Standing) have no id, only the newest count; `reset` = the cursor is unknown or too old, get /floor \
again; a comment every 10 s shows that the stream lives."""
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": TEXT,
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
    }
}


def declare(document: dict[str, Any]) -> None:
    """Adds the shapes of the frames' data to the document's schemas; may run again."""
    shapes = [(Changes, "serialization"), (Standing, "serialization")]
    _, found = models_json_schema(shapes, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    schemas = document["components"]["schemas"]
    for name, shape in found["$defs"].items():
        schemas.setdefault(name, shape)
