"""Checkpoints as text: what is signed comes back, whatever is changed does not."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.errors import NoteError
from recordings.notes import Checkpoint, PublicKey, SigningKey, opened, torn_off
from recordings.rules import is_checkpoint_due, step_s

KEY, OTHER = (SigningKey(base64.urlsafe_b64encode(bytes([n] * 32)).decode().rstrip("=")) for n in (1, 2))
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
checkpoints = st.builds(
    Checkpoint,
    st.integers(1, 10**17),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 10**14).map(lambda n: NOW + timedelta(microseconds=n)),
)


@given(checkpoints)
def test_what_was_signed_comes_back(checkpoint: Checkpoint) -> None:
    note = KEY.note(checkpoint)
    assert opened(note, KEY.public) == opened(note, None) == checkpoint
    with pytest.raises(NoteError, match="another key"):
        opened(note, OTHER.public)


@given(checkpoints, st.data())
def test_any_changed_byte_is_found(checkpoint: Checkpoint, data: st.DataObject) -> None:
    note = KEY.note(checkpoint).encode()
    place = data.draw(st.integers(0, len(note) - 1))
    changed = note[:place] + bytes([note[place] ^ data.draw(st.integers(1, 255))]) + note[place + 1 :]
    with pytest.raises(NoteError):
        opened(changed.decode("utf-8", "backslashreplace"), KEY.public)


@given(checkpoints, checkpoints)
def test_another_checkpoints_signature_is_wrong(one: Checkpoint, other: Checkpoint) -> None:
    signature = KEY.note(other).rpartition("\n\n")[2]
    if one != other:
        with pytest.raises(NoteError, match="signature is wrong"):
            opened(KEY.note(one).rpartition("\n\n")[0] + "\n\n" + signature, KEY.public)


def test_the_note_is_the_one_of_c2sp() -> None:
    """signed-note: key id = first 4 bytes of SHA-256(name, newline, 0x01, key); the signature is over the text."""
    note = KEY.note(Checkpoint(7, b"r" * 32, b"h" * 32, NOW))
    text, _, signature = note.partition("\n\n")
    origin, size, root, head, time = text.split("\n")
    assert (size, base64.b64decode(root), head.split()[0]) == ("7", b"r" * 32, "head")
    assert time == "time 2026-11-25T09:00:00.000000Z"
    dash, name, blob = signature.rstrip("\n").split(" ")
    assert (dash, name) == ("\u2014", origin)
    raw = base64.b64decode(blob)
    assert raw[:4] == hashlib.sha256(f"{name}\n".encode() + b"\x01" + KEY.public.raw).digest()[:4]
    assert PublicKey(KEY.public.raw).has_signed(f"{text}\n".encode(), raw[4:])


@given(st.lists(checkpoints, max_size=4), st.integers(0, 400))
def test_a_file_of_notes_is_read_back_and_a_torn_end_is_seen(made: list[Checkpoint], torn: int) -> None:
    notes = [KEY.note(checkpoint) for checkpoint in made]
    content = "".join(f"{note}\n" for note in notes)
    assert torn_off(content) == (notes, "")
    cut = content[: max(0, len(content) - torn)]
    whole, rest = torn_off(cut)
    assert whole == notes[: len(whole)] and "".join(f"{note}\n" for note in whole) + rest == cut


@pytest.mark.parametrize("seed", ["", "!!!", "AAAA", "A" * 50])
def test_what_is_no_key(seed: str) -> None:
    with pytest.raises(NoteError, match="tianzhou up"):
        SigningKey(seed)


@given(st.integers(-5, 2000), st.floats(0, 1e6))
def test_when_a_checkpoint_is_due(grown: int, waited_s: float) -> None:
    assert is_checkpoint_due(grown, waited_s) == (grown >= 1000 or (grown != 0 and waited_s >= 60))
    assert is_checkpoint_due(1, float("inf")) and not is_checkpoint_due(0, float("inf"))


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_a_step_of_the_clock_is_what_the_other_clock_does_not_show(step: float, passed: float) -> None:
    found = step_s((1000.0, 5.0), (1000.0 + passed + step, 5.0 + passed))
    if abs(step) > 1.001:
        assert found is not None and abs(found - step) < 0.001
    elif abs(step) < 0.999:
        assert found is None
