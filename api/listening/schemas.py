"""Bodies and answers of listening."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from api.schemas import Answer, Body, Line, Seconds, no_control_but_breaks

LONGEST_S = 86_400  # no recording is longer than a day
Second = Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False, examples=[12.5])]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(no_control_but_breaks)
]


class Listening(Answer):
    """One person heard one recording."""

    id: str
    call_id: str
    user_id: str
    username: str | None
    name: str | None
    address: str | None = Field(examples=["192.168.1.20"])
    why: str = Field(examples=["qa_check"], description="an ordinary reason's code, or the person's own words")
    started_at: datetime
    last_at: datetime = Field(description="the last request for bytes")


class NoteKind(StrEnum):
    """What a note is meant as."""

    MARKER = "marker"  # a place to find again; needs no words
    NOTE = "note"
    PRAISE = "praise"
    ISSUE = "issue"


class NewNote(Body):
    """Something at a second, or at a stretch, of a recording."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at_s": 12.5, "kind": "note", "text": "Price said"}]})

    at_s: Second
    until_s: Second | None = None
    kind: NoteKind = NoteKind.NOTE
    text: Words = ""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.kind is not NoteKind.MARKER and not self.text:
            raise ValueError("only a marker needs no text")
        return self


class Note(Answer):
    """A note at a second of a recording; a withdrawn one stays, with who withdrew it and when."""

    id: str
    call_id: str
    kind: NoteKind
    at_s: Seconds
    until_s: Seconds | None
    text: str = Field(examples=["价格未说明"])
    user_id: str
    name: str | None
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by_name: str | None


class Stretch(Body):
    """Some seconds of a recording."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from_s": 12.5, "to_s": 15}]})

    from_s: Second
    to_s: Second


class ClipForm(StrEnum):
    """What file a clip is."""

    WAV = "wav"
    FLAC = "flac"


class NewClip(Stretch):
    """A stretch to take away; what is redacted is a tone on both legs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from_s": 10,
                    "to_s": 40,
                    "redactions": [{"from_s": 12.5, "to_s": 15}],
                    "why": "complaint 2026-0117",
                    "form": "wav",
                }
            ]
        }
    )

    redactions: tuple[Stretch, ...] = Field((), max_length=100)
    why: Line
    form: ClipForm = ClipForm.WAV


class MarkKind(StrEnum):
    """What happened to a call."""

    OPENED = "opened"
    RINGING = "ringing"  # a stretch, as are waiting and pause
    ANSWERED = "answered"
    WAITING = "waiting"  # the customer, for an agent
    CONNECTED = "connected"
    PAUSE = "pause"  # the recording was muted by the agent; its seconds are in the audio, silent
    ENDED = "ended"
    DISPOSED = "disposed"


class Mark(Answer):
    """Something that happened, and where it is to be heard: null = before the audio begins, or after it."""

    kind: MarkKind
    at: datetime
    until: datetime | None = Field(description="null = a moment, not a stretch")
    at_s: Seconds | None = Field(description="second of the audio; the likeliest one where it is not exact")
    until_s: Seconds | None
    earliest_s: Seconds | None = Field(description="where silence left out of the audio shifts it, at_s lies within")
    latest_s: Seconds | None
    detail: str | None = Field(description="a code: a dial result, an end reason, a disposition, how a pause ended")


class Timeline(Answer):
    """A call's happenings on the seconds of its audio. A recording is no clock: mutual silence is not in it."""

    id: str
    begins_at: datetime | None = Field(description="when the audio begins; null = there is none")
    duration_s: Seconds | None
    missing_s: Seconds = Field(description="of the call, not in the audio: nobody sent any sound")
    marks: list[Mark]
