"""Double entry of numbers: what passed through an account was received, used, returned, passed on, or is open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.holding import (
    STOCK,
    Account,
    Entry,
    Figures,
    Holder,
    MoveKind,
    Sums,
    deal,
    ending,
    evenly,
    lent_again,
    since,
    sums,
)

LEADER, AGENT, OTHER = Account(Holder.LEADER, "l"), Account(Holder.AGENT, "a"), Account(Holder.AGENT, "b")
USED, BLOCKED = Account(Holder.USED, None), Account(Holder.BLOCKED, None)
ACCOUNTS = (STOCK, LEADER, Account(Holder.LEADER, "m"), AGENT, OTHER, USED, BLOCKED)


@pytest.mark.parametrize(
    ("was", "now", "kind"),
    [
        (AGENT, Holder.USED, MoveKind.USE),
        (LEADER, Holder.BLOCKED, MoveKind.BLOCK),
        (AGENT, Holder.AGENT, None),
        (STOCK, Holder.USED, None),
        (USED, Holder.BLOCKED, None),
    ],
)
def test_only_what_a_person_had_leaves_an_account_when_it_is_over(
    was: Account, now: Holder, kind: MoveKind | None
) -> None:
    assert ending(was, now) is kind


@pytest.mark.parametrize(
    ("kind", "ended_by", "whose"),
    [
        (MoveKind.USE, "the call", AGENT),
        (MoveKind.BLOCK, "the call", AGENT),
        (MoveKind.USE, "another", None),
        (MoveKind.USE, None, None),
        (MoveKind.RETURN, "the call", None),
    ],
)
def test_while_a_call_is_dialed_again_the_number_is_his_from_whom_it_took_it(
    kind: MoveKind, ended_by: str | None, whose: Account | None
) -> None:
    assert lent_again(kind, AGENT, ended_by, "the call") == whose


def test_each_way_out_of_an_account_is_counted_under_its_name() -> None:
    entries = [
        Entry(STOCK, LEADER, 100),
        Entry(LEADER, AGENT, 60),
        Entry(AGENT, LEADER, 10),
        Entry(AGENT, OTHER, 5),
        Entry(AGENT, USED, 20),
        Entry(AGENT, BLOCKED, 1),
        Entry(LEADER, STOCK, 30),
    ]
    found = sums(entries)
    assert found[LEADER] == Sums(received=110, returned=30, passed_on=60)
    assert found[AGENT] == Sums(received=60, used=21, returned=10, passed_on=5)
    assert found[OTHER] == Sums(received=5)
    assert STOCK not in found and USED not in found


def test_a_counter_entry_takes_away_where_the_move_had_added() -> None:
    entries = [Entry(STOCK, LEADER, 10), Entry(LEADER, STOCK, 10, undoes=True)]
    assert sums(entries) == {LEADER: Sums()}
    used = [Entry(LEADER, AGENT, 3), Entry(AGENT, USED, 1), Entry(USED, AGENT, 1, undoes=True)]
    assert sums(used)[AGENT] == Sums(received=3)


def test_a_shift_begins_with_what_was_open_at_the_last_close() -> None:
    total, before = Sums(received=150, used=70, returned=20, passed_on=10), Sums(received=100, used=50, returned=20)
    figures = since(total, before, brought=30, held=50)
    assert figures == Figures(30, 50, 20, 0, 10, 50) and figures.difference == 0
    assert since(total, before, brought=30, held=48).difference == 2


@given(st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), st.integers(1, 50))))
def test_whatever_moves_an_account_holds_what_came_less_what_went(moves: list[tuple[Account, Account, int]]) -> None:
    entries = [Entry(*move) for move in moves if _may_pass(*move[:2])]
    for account, mine in sums(entries).items():
        held = sum(e.count for e in entries if e.taker == account) - sum(
            e.count for e in entries if e.giver == account
        )
        assert since(mine, Sums(), 0, held).difference == 0


def _may_pass(giver: Account, taker: Account) -> bool:
    persons = (Holder.LEADER, Holder.AGENT)
    into_agents = taker.holder is Holder.AGENT and giver.holder is Holder.STOCK
    return (
        giver != taker
        and (giver.holder in persons or (giver == STOCK and taker.holder in persons))
        and not into_agents
    )


@given(st.integers(0, 200), st.lists(st.integers(0, 60), max_size=9))
def test_numbers_are_dealt_as_evenly_as_what_each_wants_allows(have: int, wanted: list[int]) -> None:
    given_out = deal(have, wanted)
    assert sum(given_out) == min(have, sum(wanted))
    assert all(0 <= got <= want for got, want in zip(given_out, wanted, strict=True))
    hungry = [got for got, want in zip(given_out, wanted, strict=True) if got < want]
    assert not hungry or max(given_out) <= min(hungry) + 1


def test_a_total_is_shared_evenly_and_who_comes_first_gets_the_odd_ones() -> None:
    assert evenly(10, 4) == [3, 3, 2, 2]
    assert deal(5, [4, 4]) == [3, 2]
