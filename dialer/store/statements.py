"""The statements of every call and every second, built once: building one anew costs twice what running it does.

Parameters are `p_<column>`: SQLAlchemy keeps a column's own name for what an `update` sets by itself.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Text,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, insert

from dialer.core.holding import OVER
from dialer.store import do_not_call, events, number_moves
from dialer.store.metadata import Id
from dialer.store.selection_tables import callbacks
from dialer.store.tables import (
    agent_sessions,
    attempts,
    campaigns,
    commands,
    emergency_stops,
    incidents,
    leads,
    leases,
    ledger,
    ledger_head,
    lists,
    nodes,
    pause_intervals,
    recording_facts,
    self_tests,
)


def _new(column: Column[Any]) -> BindParameter[Any]:
    return bindparam(f"p_{column.name}", type_=column.type)


_this_call = attempts.c.id == bindparam("p_id")
_open_call = update(attempts).where(_this_call, attempts.c.ended_at.is_(None)).returning(*events.CALL_COLUMNS)

# -- the lease, and leads -------------------------------------------------------------------------------------------

HOLD = select(leases.c.token).where(leases.c.name == bindparam("p_name")).with_for_update(read=True)
WITH_NUMBER = (
    select(leads.c.id, leads.c.state)
    .where(leads.c.campaign_id == bindparam("p_campaign_id"), leads.c.number == bindparam("p_number"))
    .where(leads.c.state != "claimed")
    .with_for_update(skip_locked=True)
)
_these_leads = leads.c.id == func.any(bindparam("p_ids", type_=ARRAY(Id)))  # one statement for any number
CLAIM = (
    update(leads)
    .where(_these_leads)
    .values(state="claimed", claimed_by=_new(leads.c.claimed_by), claim_token=_new(leads.c.claim_token))
)
_OVER = ("done", "blocked")


def _holder() -> Any:
    """A number that is over is nobody's any more; one that is called again after all was the stock's at least."""
    moved, was_over = _new(leads.c.state), leads.c.holder.in_(tuple(OVER))
    over = (moved == "done", "used"), (moved == "blocked", "blocked")
    return case(*over, (was_over, "stock"), else_=leads.c.holder)


_held = leads.alias("held")
COUNT_ATTEMPT = update(leads).where(leads.c.id == bindparam("p_id")).values(attempts=leads.c.attempts + 1)
_was = number_moves.before(_held.c.id == bindparam("p_id"), of=_held)
MOVE_LEAD = (
    update(leads)
    .where(leads.c.id == _was.c.id)
    .values(state=_new(leads.c.state), next_at=_new(leads.c.next_at), reason=_new(leads.c.reason), claimed_by=None)
    .values(holder=_holder(), holder_id=case((_new(leads.c.state).in_(_OVER), None), else_=leads.c.holder_id))
    .returning(*number_moves.changes(_was))
)
_disposed = select(attempts.c.id).where(attempts.c.id == bindparam("p_call"), attempts.c.disposition.is_not(None))
MOVE_LEAD_UNLESS_DISPOSED = MOVE_LEAD.where(~_disposed.exists())


_same_person = leads.alias("same")
_THIS_LEAD = select(leads.c.campaign_id, leads.c.person_id).where(leads.c.id == bindparam("p_id")).subquery("this")
_others = (
    _same_person.c.campaign_id == _THIS_LEAD.c.campaign_id,
    _same_person.c.person_id == _THIS_LEAD.c.person_id,
    _same_person.c.id != bindparam("p_id"),
)
_spare = (
    select(_same_person.c.id)
    .where(*_others, _same_person.c.state == "waiting")
    .order_by(_same_person.c.attempts, _same_person.c.id)
    .limit(1)
    .with_for_update(of=_same_person, skip_locked=True)
)
RELEASE_SPARE = (
    update(leads)
    .where(leads.c.id.in_(_spare))
    .values(state=case((leads.c.attempts > 0, "attempted"), else_="new"))
    .values(next_at=func.greatest(leads.c.next_at, _new(leads.c.next_at)), reason=_new(leads.c.reason))
)
MAKE_SPARE = (
    update(leads).where(leads.c.id == bindparam("p_id"), leads.c.state == "attempted").values(state="waiting")
)
_open_others = number_moves.before(
    *_others, _same_person.c.state.in_(("waiting", "new", "attempted")), of=_same_person
)
CLOSE_OTHERS = (
    update(leads)
    .where(leads.c.id == _open_others.c.id)
    .values(state="done", reason=_new(leads.c.reason), holder="used", holder_id=None)
    .returning(*number_moves.changes(_open_others))
)


def _facts() -> Any:
    """One index scan gives all that is asked of the number's attempts."""
    opened = attempts.c.opened_at
    newest = func.array_agg(aggregate_order_by(opened, opened.desc()))
    counts = [
        func.count().filter(opened > func.now() - timedelta(days=1)).label("dialed_day"),
        func.count().filter(opened > func.now() - timedelta(days=30)).label("dialed_30_days"),
        func.count().label("dialed_life"),
        func.max(attempts.c.ended_at).filter(attempts.c.abandoned).label("abandoned_at"),
        newest.filter(opened > func.now() - timedelta(days=30)).label("dialed_at"),
    ]
    tried = select(*counts).where(attempts.c.number == leads.c.number).lateral("tried")
    list_is_active = func.coalesce(lists.c.is_active, literal(True)).label("list_is_active")
    found = leads.outerjoin(lists, lists.c.id == leads.c.list_id).join(tried, literal(True))
    promised = select(callbacks.c.agent_id).where(callbacks.c.lead_id == leads.c.id, callbacks.c.state == "open")
    others = (_on_dnc().label("on_dnc"), list_is_active, promised.scalar_subquery().label("promised_to"))
    return select(leads, *others, *tried.c).select_from(found).where(_these_leads)


def _on_dnc() -> Any:
    found = do_not_call.holding(leads.c.number, leads.c.campaign_id)
    return or_(*(select(table.c.id).where(holds).exists() for table, holds in found))


FACTS = _facts()

# -- attempts -------------------------------------------------------------------------------------------------------

OPEN = insert(attempts)
ANSWER = _open_call.values(answered_at=func.coalesce(attempts.c.answered_at, _new(attempts.c.answered_at)))
CONNECT = _open_call.values(
    connected_at=func.coalesce(attempts.c.connected_at, _new(attempts.c.connected_at)),
    session_id=_new(attempts.c.session_id),
    agent_id=_new(attempts.c.agent_id),
)
_FACTS_OF_AN_END = ("ended_at", "dial_result", "end_reason", "cause", "tech_cause", "abandoned")


def _close() -> Any:
    def known(*names: str) -> dict[str, Any]:
        return {name: func.coalesce(attempts.c[name], _new(attempts.c[name])) for name in names}

    def told(*names: str) -> dict[str, Any]:
        return {name: func.coalesce(_new(attempts.c[name]), attempts.c[name]) for name in names}

    facts = {name: _new(attempts.c[name]) for name in _FACTS_OF_AN_END}
    return _open_call.values(
        facts | known("answered_at", "connected_at") | told("session_id", "agent_id"),
    ).returning(attempts.c.session_id)


CLOSE = _close()
DISPOSE = (
    update(attempts)
    .where(_this_call, attempts.c.disposition.is_(None))
    .values(disposition=_new(attempts.c.disposition), disposed_at=_new(attempts.c.disposed_at))
    .values(meaning=_new(attempts.c.meaning))
    .returning(attempts.c.lead_id, attempts.c.number)
)

LAST_CALL = (
    select(attempts.c.id, attempts.c.campaign_id, attempts.c.number)
    .where(attempts.c.agent_id == bindparam("p_agent_id"))
    .order_by(attempts.c.id.desc())
    .limit(1)
)

# -- sessions -------------------------------------------------------------------------------------------------------

CHANGING = ("state", "reason", "attempt_id", "state_at", "ended_at")


def _change_session() -> Any:
    row = insert(agent_sessions)
    changed = {name: row.excluded[name] for name in CHANGING}
    live = agent_sessions.c.ended_at.is_(None)
    changing = row.on_conflict_do_update(index_elements=["id"], set_=changed, where=live)
    return changing.returning(agent_sessions)


CHANGE_SESSION = _change_session()

# -- recordings, and what is wrong with them -------------------------------------------------------------------------

KEEP_RECORDING_FACTS = insert(recording_facts).on_conflict_do_nothing(index_elements=["attempt_id"])
BEGIN_PAUSE = insert(pause_intervals).on_conflict_do_nothing()
END_PAUSE = (
    update(pause_intervals)
    .where(pause_intervals.c.call_id == bindparam("p_call_id"))
    .where(pause_intervals.c.began_at == bindparam("p_began_at"), pause_intervals.c.ended_at.is_(None))
    .values(ended_at=_new(pause_intervals.c.ended_at), why=_new(pause_intervals.c.why))
    .returning(pause_intervals.c.agent_id)
)
OPEN_PAUSES = (
    select(pause_intervals)
    .join(attempts, attempts.c.id == pause_intervals.c.call_id)
    .where(pause_intervals.c.ended_at.is_(None), attempts.c.node == bindparam("p_node"))
)
KEEP_SELF_TEST = insert(self_tests).on_conflict_do_nothing(index_elements=["id"]).returning(self_tests.c.id)
SELF_TEST_PASSED_S = (
    select(func.extract("epoch", func.now() - self_tests.c.ended_at))
    .where(self_tests.c.node == bindparam("p_node"), self_tests.c.why == "")
    .order_by(self_tests.c.id.desc())
    .limit(1)
)
OPEN_INCIDENTS = (
    select(incidents)
    .where(incidents.c.closed_at.is_(None), incidents.c.kind.in_(bindparam("p_kinds", expanding=True)))
    .order_by(incidents.c.id)
    .limit(100)
)
SILENT_S = select(func.extract("epoch", func.now() - nodes.c.heartbeat_at)).where(nodes.c.name == bindparam("p_name"))

# -- orders, read every second ---------------------------------------------------------------------------------------

CAMPAIGNS = select(campaigns).where(campaigns.c.state != "stopped")
EMERGENCY_STOP = select(emergency_stops.c.how).where(emergency_stops.c.lifted_at.is_(None))

# -- wishes ---------------------------------------------------------------------------------------------------------

COMMAND_AGE_S = 30  # older wishes are not granted: the person has been told that it failed
_queued = (
    select(commands.c.id)
    .where(commands.c.node == bindparam("p_node"), commands.c.status == "queued")
    .where(commands.c.created_at > func.now() - timedelta(seconds=COMMAND_AGE_S))
    .order_by(commands.c.id)
    .limit(50)
    .with_for_update(skip_locked=True)
)
TAKE = (
    update(commands)
    .where(commands.c.id.in_(_queued))
    .values(status="taken")
    .returning(commands.c.id, commands.c.kind, commands.c.payload)
)
ANSWER_COMMAND = (
    update(commands)
    .where(commands.c.id == bindparam("p_id"), commands.c.status == "taken")
    .values(status=_new(commands.c.status), result=_new(commands.c.result), ended_at=func.now())
)
TELL_RESULT = select(func.pg_notify("tianzhou_command_results", bindparam("p_id", type_=Text)))

# -- the ledger -----------------------------------------------------------------------------------------------------

HEAD = select(ledger_head).with_for_update()
APPEND = insert(ledger)
MOVE_HEAD = update(ledger_head).values(seq=_new(ledger_head.c.seq), hash=_new(ledger_head.c.hash))
