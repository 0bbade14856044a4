"""What persons wish for over the api, one function a wish: a result, or a refusal with its reason."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from dialer.core.agent import Agent
from dialer.core.callbacks import Promise, time_refusal
from dialer.core.commands import Command
from dialer.core.compliance import Refusal, RefusalReason
from dialer.core.errors import DialerError, StoreAway
from dialer.core.ids import AgentId, AttemptId, CampaignId, SessionId
from dialer.core.numbers import canonical
from dialer.engine.dialing import Dialing
from dialer.engine.engine import Engine
from dialer.engine.pauses import Pauses
from dialer.engine.self_test import SelfTest
from dialer.ports import Campaign, CommandRow

WAIT_S = 1.0
KEPT_S = 2.0  # so long what was said before is waited for
Result = dict[str, Any]
log = structlog.get_logger()


@dataclass
class Wishes:
    """Takes command rows and answers each, whatever happens."""

    engine: Engine
    dialing: Dialing
    tests: SelfTest
    pauses: Pauses
    node: str
    _orders_due: float = 0.0  # by the loop's clock

    async def run(self) -> None:
        """Reads campaigns when told that they changed, and every second; grants wishes; for ever."""
        while True:
            try:
                await self._read_orders()
                for row in await self.engine.store.take(self.node):
                    self.engine.spawn(self._grant(row))
            except StoreAway as away:
                self.engine.store_why = str(away)

    async def _read_orders(self) -> None:
        """Waits for wishes; before any is granted the campaigns are as new as the wish, or not a second old."""
        loop = asyncio.get_running_loop()
        changed = await self.engine.store.wait(min(WAIT_S, max(0.0, self._orders_due - loop.time())))
        if changed or loop.time() >= self._orders_due:
            self._orders_due = 0.0  # a reading that fails is due at once
            await self.engine.refresh()
            self._orders_due = loop.time() + WAIT_S

    async def _grant(self, row: CommandRow) -> None:
        handler = self._handlers().get(row.kind)
        try:
            outcome = await handler(row.payload) if handler else _unknown(row.kind)
        except (KeyError, ValueError, DialerError) as fault:
            log.warning("a wish failed", action="wish_failed", kind=row.kind, why=repr(fault))
            await self.engine.store.answer(row.id, "failed", {"detail": str(fault)})
            return
        if isinstance(outcome, Refusal):
            refused = {"reason": outcome.reason.value, "detail": outcome.detail}
            await self.engine.store.answer(row.id, "refused", refused)
        else:
            await self.engine.store.answer(row.id, "done", outcome)

    def _handlers(self) -> dict[str, Callable[[Result], Awaitable[Result | Refusal]]]:
        return {
            "session.start": self._start_session,
            "session.state": self._set_state,
            "session.end": self._end_session,
            "call.manual": self._call,
            "call.redial": self._redial,
            "call.hangup": self._hang_up,
            "call.disposition": self._dispose,
            "call.pause_recording": self._pause_recording,
            "call.resume_recording": self._resume_recording,
            "practice.customers": self._set_customers,
            "recorder.self_test": self._test_recorder,
        }

    async def _start_session(self, payload: Result) -> Result | Refusal:
        wanted = payload.get("campaign_ids") or [payload["campaign_id"]]
        campaigns = [self.engine.campaigns.get(CampaignId(each)) for each in dict.fromkeys(wanted)]
        working = [campaign for campaign in campaigns if campaign is not None and campaign.state != "draining"]
        if len(working) < len(campaigns):
            return Refusal(RefusalReason.UNKNOWN_CAMPAIGN, "There is no such campaign, or it is stopped")
        await self.engine.telephony.provision(await self.engine.store.phone_secrets())
        agent = Agent(
            session_id=SessionId(self.engine.new_id()),
            agent_id=AgentId(payload["agent_id"]),
            node=self.node,
            extension=payload["extension"],
            campaign_ids=tuple(campaign.id for campaign in sorted(working, key=lambda each: -each.priority)),
            started_at=self.engine.now(),
        )
        return self._do(self.engine.floor.start_session(agent, self.engine.now()), {"session_id": agent.session_id})

    async def _set_state(self, payload: Result) -> Result | Refusal:
        agent = self._agent(payload)
        if isinstance(agent, Refusal):
            return agent
        if payload["state"] == "ready":
            return self._do(self.engine.floor.set_ready(agent, self.engine.now()))
        return self._do(self.engine.floor.pause(agent, payload["reason"], self.engine.now()))

    async def _end_session(self, payload: Result) -> Result | Refusal:
        agent = self._agent(payload)
        return (
            agent if isinstance(agent, Refusal) else self._do(self.engine.floor.end_session(agent, self.engine.now()))
        )

    async def _call(self, payload: Result) -> Result | Refusal:
        agent = self._agent(payload)
        if isinstance(agent, Refusal):
            return agent
        number = canonical(payload["number"])
        if number is None:
            return Refusal(RefusalReason.MALFORMED_NUMBER, "This is not a Chinese mobile or fixed-line number")
        campaign = self._campaign(agent, payload.get("campaign_id"))
        if isinstance(campaign, Refusal):
            return campaign
        return _phone_refusal(agent) or _hand_refusal(agent) or await self._dial(campaign, number, agent)

    async def _dial(
        self, campaign: Campaign, number: str, agent: Agent, redials: AttemptId | None = None
    ) -> Result | Refusal:
        called = await self.dialing.dial_manual(campaign, number, agent, redials)
        return called if isinstance(called, Refusal) else {"call_id": called}

    async def _redial(self, payload: Result) -> Result | Refusal:
        """The agent's last call once more; while that is decided he gets no other."""
        agent, call_id = self._agent(payload), AttemptId(payload["call_id"])
        if isinstance(agent, Refusal):
            return agent
        refusal = self.engine.floor.begin_redial(agent, call_id)
        if refusal is not None:
            return refusal
        try:
            return await self._redial_last(agent, call_id)
        finally:
            self.engine.perform(self.engine.floor.end_redial(agent.session_id, self.engine.now()))

    async def _redial_last(self, agent: Agent, call_id: AttemptId) -> Result | Refusal:
        try:
            await self.engine.journal.flush(KEPT_S)  # what was said of the number before is said first
        except TimeoutError:
            return Refusal(RefusalReason.STORE_DOWN, "What was said before is not written yet: try again")
        last = await self.engine.store.last_call(agent.agent_id)
        if last is None or last.id != call_id:
            return Refusal(RefusalReason.NOT_LAST_CALL, "You had another call after this one")
        campaign = self._campaign(agent, last.campaign_id)
        if isinstance(campaign, Refusal):
            return campaign
        return _phone_refusal(agent) or await self._dial(campaign, last.number, agent, call_id)

    async def _hang_up(self, payload: Result) -> Result | Refusal:
        agent = self._agent(payload) if payload.get("agent_id") else None
        if isinstance(agent, Refusal):
            return agent
        return self._do(self.engine.floor.hang_up(AttemptId(payload["call_id"]), agent, self.engine.now()))

    async def _dispose(self, payload: Result) -> Result | Refusal:
        agent = self._agent(payload)
        if isinstance(agent, Refusal):
            return agent
        call_id, code = AttemptId(payload["call_id"]), payload["disposition"]
        promise = self._promise(agent, payload)
        if isinstance(promise, Refusal):
            return promise
        return self._do(self.engine.floor.dispose(agent, call_id, code, self.engine.now(), promise))

    def _promise(self, agent: Agent, payload: Result) -> Promise | Refusal | None:
        """The callback that goes with a disposition, when one was promised."""
        if not payload.get("callback_at"):
            return None
        campaign = self.engine.campaigns.get(agent.call_campaign_id or agent.campaign_id)
        if campaign is None:
            return Refusal(RefusalReason.CAMPAIGN_NOT_RUNNING, "The campaign is stopped: nobody will call back")
        at = datetime.fromisoformat(payload["callback_at"])
        hours = self.dialing.rules(campaign).hours((campaign.zone,))
        whose = agent.agent_id if payload.get("own", True) else None
        return time_refusal(at, hours, self.engine.now()) or Promise(at, whose, payload.get("note", ""))

    async def _set_customers(self, payload: Result) -> Result | Refusal:
        await self.engine.telephony.set_customers({key: int(value) for key, value in payload.items()})
        return {}

    async def _pause_recording(self, payload: Result) -> Result | Refusal:
        agent = self._agent(payload)
        return agent if isinstance(agent, Refusal) else await self.pauses.pause(agent, AttemptId(payload["call_id"]))

    async def _resume_recording(self, payload: Result) -> Result | Refusal:
        agent = self._agent(payload)
        return agent if isinstance(agent, Refusal) else await self.pauses.resume(agent, AttemptId(payload["call_id"]))

    async def _test_recorder(self, _payload: Result) -> Result | Refusal:
        return await self.tests.test()

    def _campaign(self, agent: Agent, named: str | None) -> Campaign | Refusal:
        """The campaign of the agent's that a call by hand is for; named when there are several."""
        if named is None and len(agent.campaign_ids) > 1:
            return Refusal(RefusalReason.WHICH_CAMPAIGN, "You work several campaigns: say for which one you call")
        if named is not None and named not in agent.campaign_ids:
            return Refusal(RefusalReason.NOT_YOUR_CAMPAIGN, "Your session is not for this campaign")
        campaign = self.engine.campaigns.get(CampaignId(named or agent.campaign_id))
        if campaign is None or campaign.state != "running":
            return Refusal(RefusalReason.CAMPAIGN_NOT_RUNNING, "The campaign is not running")
        return campaign

    def _agent(self, payload: Result) -> Agent | Refusal:
        agent = self.engine.floor.session_of(payload["agent_id"])
        return agent or Refusal(RefusalReason.NO_SESSION, "You have no session: start your shift first")

    def _do(self, outcome: Refusal | list[Command], result: Result | None = None) -> Result | Refusal:
        if isinstance(outcome, Refusal):
            return outcome
        self.engine.perform(outcome)
        return result or {}


def _phone_refusal(agent: Agent) -> Refusal | None:
    if agent.phone_up:
        return None
    return Refusal(RefusalReason.PHONE_NOT_REGISTERED, "Your phone is not connected: check that it is registered")


def _hand_refusal(agent: Agent) -> Refusal | None:
    if agent.attempt_id is None and not agent.redialing:
        return None
    return Refusal(RefusalReason.NOT_READY, "Finish the call you have in hand first")


def _unknown(kind: str) -> Refusal:
    return Refusal(RefusalReason.UNKNOWN_COMMAND, f"This dialer does not know {kind}")
