"""Bodies and answers of dispositions."""

from collections import Counter
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from api.schemas import Answer, Body, DispositionCode, Line
from dialer.core.disposition import DEFAULT, OTHER, Meaning

ROWS_MAX = 100
DelayS = Annotated[int, Field(ge=60, le=90 * 86_400)]
Most = Annotated[int, Field(ge=1, le=50)]
Hotkey = Annotated[str, StringConstraints(pattern="^[a-z0-9]?$")]
Digit = Annotated[str, StringConstraints(pattern="^[0-9*#]?$")]


class Retry(Body):
    """When a number is tried again; the frequency caps hold whatever this says."""

    delay_s: DelayS | None = Field(None, description="null = as the campaign says")
    most: Most | None = Field(None, description="tries of the number in all; null = as the campaign says")
    other_number: bool = Field(False, description="another number of the same person, where there is one")


class DispositionRow(Body):
    """One disposition, in the order in which it is shown."""

    code: DispositionCode = Field(examples=["sale"])
    meaning: Meaning
    text_zh: Line = Field(examples=["成交"])
    text_en: Line = Field(examples=["Sale"])
    retry: Retry | None = Field(None, description="null = final: the number is not tried again")
    hotkey: Hotkey = Field("", examples=["1"])
    digit: Digit = Field("", description="on the phone's keys", examples=["1"])
    by_hand: bool = Field(True, description="false = the network's word: no agent gives it")
    is_active: bool = True


EXAMPLE: JsonDict = {
    "items": [
        {"code": "sale", "meaning": "success", "text_zh": "成交", "text_en": "Sale", "hotkey": "1"},
        {"code": "busy", "meaning": "not_reached", "text_zh": "占线", "text_en": "Busy", "retry": {"delay_s": 900}},
        {"code": "other", "meaning": "contact", "text_zh": "其他", "text_en": "Other"},
    ]
}
_OURS = {row.code: row.by_hand for row in DEFAULT}


class ChooseDispositions(Body):
    """A whole set; what is left out is not given any more. Without rows the centre's usual set is used."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    items: list[DispositionRow] = Field(max_length=ROWS_MAX)

    @model_validator(mode="after")
    def each_once(self) -> Self:
        """Raises ValueError for two of one code, key or digit, and for a set that no agent can finish a call by."""
        for name in ("code", "hotkey", "digit"):
            used = Counter(getattr(row, name) for row in self.items if getattr(row, name))
            twice = [value for value, count in used.items() if count > 1]
            if twice:
                raise ValueError(f"{name} {twice[0]} is used twice")
        codes = {row.code: row.by_hand for row in self.items}
        if self.items and not any(row.by_hand and row.is_active for row in self.items):
            raise ValueError("give agents at least one disposition")
        if self.items and OTHER not in codes:
            raise ValueError(f"keep {OTHER}: the system says it when the agent does not")
        wrong = [code for code, by_hand in codes.items() if by_hand and not _OURS.get(code, True)]
        if wrong:
            raise ValueError(f"{wrong[0]} is the network's word: by_hand is false")
        return self


class Disposition(Answer):
    """One disposition as it holds."""

    code: str = Field(examples=["sale"])
    meaning: Meaning
    text_zh: str = Field(examples=["成交"])
    text_en: str = Field(examples=["Sale"])
    retry: Retry | None
    hotkey: str = Field(examples=["1"])
    digit: str = Field(examples=["1"])
    by_hand: bool
    is_active: bool
    on_dnc: bool = Field(description="it puts the number on the do-not-call list of the whole centre")
    suggests_dnc: bool = Field(description="ask the person whether the number should go on that list")


class Dispositions(Answer):
    """A set; `own` = the campaign has one of its own."""

    own: bool
    items: list[Disposition]
