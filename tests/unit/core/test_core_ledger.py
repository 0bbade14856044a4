"""The chain: whatever is done to its rows afterwards is found."""

from dataclasses import replace
from datetime import timedelta, timezone

from hypothesis import assume, given
from hypothesis import strategies as st

from dialer.core.ledger import GENESIS, Entry, EntryKind, Row, canonical, chain, first_break
from tests.unit.core.build import NOW, attempt_id, later

entries = st.builds(
    Entry,
    st.sampled_from(EntryKind),
    st.integers(0, 99).map(attempt_id),
    st.floats(0, 10**7).map(later),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5) | st.booleans(), max_size=3),
)
chains = st.lists(entries, min_size=2, max_size=8).map(lambda made: chain(0, GENESIS, made, NOW))


def broken(rows: list[Row], whole: list[Row]) -> bool:
    return first_break(rows, whole[-1].seq, whole[-1].hash) is not None


@given(chains)
def test_a_whole_chain_is_believed(rows: list[Row]) -> None:
    assert not broken(rows, rows)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))


def test_an_empty_ledger_is_whole() -> None:
    assert first_break([], 0, GENESIS) is None


@given(chains, st.data())
def test_any_change_of_a_row_is_found(rows: list[Row], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(rows) - 1))
    row = rows[n]
    changed = data.draw(
        st.sampled_from(
            [
                replace(row, entry=replace(row.entry, body={**row.entry.body, "added": 1})),
                replace(row, entry=replace(row.entry, attempt_id=attempt_id(1000))),
                replace(row, entry=replace(row.entry, event_at=row.entry.event_at + timedelta(microseconds=1))),
                replace(row, entry=replace(row.entry, kind=_other(row.entry.kind))),
                replace(row, appended_at=row.appended_at + timedelta(seconds=1)),
                replace(row, seq=row.seq + 1),
                replace(row, hash=bytes(reversed(row.hash))),
                replace(row, prev_hash=b"\x01" * 32),
            ]
        )
    )
    assume(changed != row)
    found = first_break([*rows[:n], changed, *rows[n + 1 :]], rows[-1].seq, rows[-1].hash)
    assert found is not None and found.seq == n + 1 and found.reason


@given(chains, st.data())
def test_a_removed_row_is_found(rows: list[Row], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(rows) - 1))
    assert broken(rows[:n] + rows[n + 1 :], rows)


@given(chains, st.data())
def test_swapped_rows_are_found(rows: list[Row], data: st.DataObject) -> None:
    a, b = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=2, max_size=2, unique=True))
    swapped = list(rows)
    swapped[a], swapped[b] = rows[b], rows[a]
    assert broken(swapped, rows)


@given(chains, entries, st.data())
def test_an_inserted_row_is_found(rows: list[Row], entry: Entry, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(rows)))
    seq, prev = (rows[n - 1].seq, rows[n - 1].hash) if n else (0, GENESIS)
    [inserted] = chain(seq, prev, [entry], NOW)
    assume(inserted not in rows)
    assert broken([*rows[:n], inserted, *rows[n:]], rows)


@given(chains, st.data())
def test_rows_written_anew_from_some_row_on_are_found_by_the_head(rows: list[Row], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(rows) - 1))
    forged = replace(rows[n].entry, attempt_id=attempt_id(1000))
    seq, prev = (rows[n - 1].seq, rows[n - 1].hash) if n else (0, GENESIS)
    assert broken(rows[:n] + chain(seq, prev, [forged, *(r.entry for r in rows[n + 1 :])], NOW), rows)


@given(chains, st.integers(0, 8))
def test_a_cut_end_is_found(rows: list[Row], kept: int) -> None:
    assume(kept < len(rows))
    assert broken(rows[:kept], rows)


@given(entries, st.integers(-14, 14))
def test_the_hash_does_not_depend_on_the_zone_in_which_a_time_is_read_back(entry: Entry, hours: int) -> None:
    moved = replace(entry, event_at=entry.event_at.astimezone(timezone(timedelta(hours=hours))))
    assert canonical(1, moved, NOW) == canonical(1, entry, NOW)


def _other(kind: EntryKind) -> EntryKind:
    return EntryKind.SEAL if kind is not EntryKind.SEAL else EntryKind.INTENT
