"""What is asked for evidence."""

from pydantic import ConfigDict

from api.schemas import Body, Line


class Wanted(Body):
    """Why the evidence is taken away; it stands in the ledger."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "complaint 2026-0117"}]})

    reason: Line
