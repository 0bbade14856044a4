"""dialer.ports.Telephony over Asterisk: ARI is the hands, AMI the eyes, the disk says whether the recorder runs."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from ari_bridge import cdr, pause, phones, recorder, self_test, translate
from ari_bridge.ami import Ami
from ari_bridge.ari import APP, Ari
from ari_bridge.causes import dial_result
from ari_bridge.errors import AriError, TranslationError
from ari_bridge.names import agent_bridge, agent_channel
from ari_bridge.practice import Customers
from dialer.core import events as ev
from dialer.core.attempt import Attempt
from dialer.core.events import Ended, Event, Fate
from dialer.core.ids import AttemptId, SessionId
from dialer.core.numbers import national
from dialer.core.reconcile import Snapshot
from dialer.core.recorder import Look
from dialer.core.retry import delays
from dialer.core.self_test import Heard
from dialer.ports import LinkLost, NotPlacedError, RecorderStatus, Resync, TelephonyAway

GONE = (404, 409, 412, 422)  # the channel or bridge is not there, or not ours any more
ENTER_TIMEOUT_S = 3.0
PHONE_RING_S = 10
log = structlog.get_logger()


@dataclass(frozen=True)
class Node:
    """Where this node's Asterisk is and writes. `ari_port`, `ami_port` are on the loopback."""

    ari_port: int
    ari_secret: str
    ami_port: int
    ami_secret: str
    spool: Path
    cdr_file: Path
    beep: Path  # what the agent hears before the customer's first word; without its extension
    trunks: tuple[str, ...] = ("practice",)
    ami_pause: str = ""  # the password of the account that pauses recordings


@dataclass
class AsteriskTelephony:
    """One node's telephony; `events` owns the links, everything else uses the one that is up."""

    node: Node
    customers: Customers | None = None
    _ari: Ari | None = None
    _out: asyncio.Queue[Event | Resync | LinkLost] = field(default_factory=asyncio.Queue)
    _entering: dict[AttemptId, asyncio.Future[None]] = field(default_factory=dict)
    _pushed: dict[str, str] = field(default_factory=dict)
    _codes: dict[AttemptId, int] = field(default_factory=dict)  # SIP codes of manual calls about to end
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _ami: Ami | None = None
    _muting: set[AttemptId] = field(default_factory=set)  # whose recordings we have had muted

    def __post_init__(self) -> None:
        self._tapes = recorder.Tapes(self.node.spool)

    # -- what happens ---------------------------------------------------------------------------------------------

    async def events(self) -> AsyncIterator[Event | Resync | LinkLost]:
        """What happens, for ever; both links renew themselves."""
        self._ami = Ami(self.node.ami_port, "eyes", self.node.ami_secret, self._on_ami)
        self._spawn(self._ami.run())
        self._spawn(self._keep_ari())
        try:
            while True:
                yield await self._out.get()
        finally:
            for task in self._tasks:
                task.cancel()

    async def _keep_ari(self) -> None:
        waits = delays()
        while True:
            try:
                ari = await Ari.open(self.node.ari_port, APP, self.node.ari_secret)
            except TelephonyAway as away:
                self._out.put_nowait(LinkLost(str(away)))
                await asyncio.sleep(next(waits))
                continue
            waits = delays()
            await self._serve(ari)
            self._out.put_nowait(LinkLost("the link to Asterisk was lost"))

    async def _serve(self, ari: Ari) -> None:
        """One link from its first event to its last."""
        self._ari, self._pushed, self._codes = ari, {}, {}
        greeting = asyncio.create_task(self._greet(ari))
        try:
            async for event in ari.events():
                self._on_ari(event)
        finally:
            self._ari = None
            greeting.cancel()
            await ari.close()

    async def _greet(self, ari: Ari) -> None:
        """Subscribes the trunks, then tells what is there: in this order no event can be lost between."""
        try:
            for trunk in self.node.trunks:
                await _subscribe(ari, trunk)
            self._out.put_nowait(Resync(await self.snapshot()))
        except (AriError, TelephonyAway) as fault:
            log.warning("Asterisk is not ready for us", action="greet_failed", why=str(fault))
            await asyncio.sleep(1)
            await ari.close()

    def _on_ari(self, event: Mapping[str, Any]) -> None:
        try:
            item = translate.from_ari(event)
        except TranslationError as fault:
            log.error("an event could not be read", action="translation_failed", why=str(fault))
            return
        if item is not None:
            self._dispatch(item)

    def _dispatch(self, item: translate.Item) -> None:
        match item:
            case translate.CustomerEntered(attempt_id):
                self._spawn(self._receive_customer(attempt_id))
            case translate.ManualEntered(attempt_id):
                self._enter(attempt_id)
            case translate.PhoneAnswered(session_id, leg):
                self._spawn(self._seat(session_id, leg))
            case translate.AgentAlone(session_id):
                self._spawn(self._comfort(session_id))
            case translate.TrunkSaid(attempt_id, tech_cause):
                self._codes[attempt_id] = tech_cause
            case ev.Ended():
                self._out.put_nowait(self._with_code(item))
            case _:
                self._out.put_nowait(item)

    def _with_code(self, end: Ended) -> Ended:
        """A manual call's own channel ends without the SIP code that its trunk leg had."""
        code = end.tech_cause or self._codes.pop(end.attempt_id, None)
        return replace(end, tech_cause=code, result=dial_result(end.cause, code))

    def _on_ami(self, message: Mapping[str, Any]) -> None:
        event = translate.from_ami(message)
        if event is not None and not self._is_ordered(event):
            self._out.put_nowait(event)

    def _is_ordered(self, event: Event) -> bool:
        """A recording muted by ourselves."""
        if not isinstance(event, ev.RecorderStopped) or event.how != translate.MUTED:
            return False
        return event.attempt_id in self._muting

    async def _receive_customer(self, attempt_id: AttemptId) -> None:
        """Tells of the answer once the recorder is seen running: its thread opens the files a moment later.

        Where nobody sends RTP nothing is written, so the customer gets silence from us until an agent is there.
        """
        recorded = await recorder.confirm(self.node.spool, attempt_id)
        self._out.put_nowait(ev.Answered(attempt_id, recorded))
        with suppress(TelephonyAway):
            await self._hush(attempt_id, True)

    def _enter(self, attempt_id: AttemptId) -> None:
        waiting = self._entering.get(attempt_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def _seat(self, session_id: SessionId, leg: int) -> None:
        """Puts the agent's phone into its bridge, with something to hear."""
        channel, bridge = agent_channel(session_id, leg), agent_bridge(session_id)
        try:
            await self._request("POST", "bridges", {"type": "mixing", "bridgeId": bridge, "name": bridge})
            await self._request("POST", f"bridges/{bridge}/addChannel", {"channel": channel})
            await self._hush(channel, True)
        except (AriError, TelephonyAway) as fault:
            log.warning("a phone could not be seated", action="seat_failed", session=session_id, why=str(fault))
            self._out.put_nowait(ev.PhoneLost(session_id, leg))
            return
        self._out.put_nowait(ev.PhoneUp(session_id, leg))

    async def _comfort(self, session_id: SessionId) -> None:
        """Silence again for an agent left alone; off first, or a manual call's own silence goes on unseen."""
        with suppress(AriError, TelephonyAway):
            phone = await self._phone(session_id)
            await self._hush(phone, False)
            await self._hush(phone, True)

    # -- what is wanted -------------------------------------------------------------------------------------------

    async def originate(self, attempt: Attempt) -> None:
        """See ports.Telephony. The dialplan starts the recorder when the customer answers."""
        query = {
            "endpoint": f"PJSIP/{national(attempt.number)}@{attempt.trunk}",
            "context": "tianzhou-auto",
            "extension": "s",
            "priority": 1,
            "channelId": attempt.id,
            "callerId": attempt.caller_id,
            "timeout": attempt.ring_s,
        }
        await self._place(query)

    async def dial_manual(self, attempt: Attempt, session_id: SessionId) -> None:
        """See ports.Telephony. Created, entered, joined to the agent, and only then dialed (capacity.md §2)."""
        entered = self._entering[attempt.id] = asyncio.get_running_loop().create_future()
        try:
            await self._create_manual(attempt)
            async with asyncio.timeout(ENTER_TIMEOUT_S):
                await entered
            await self._hush_agent(session_id, False)
            await self._request("POST", f"bridges/{agent_bridge(session_id)}/addChannel", {"channel": attempt.id})
            await self._request("POST", f"channels/{attempt.id}/dial", {"timeout": attempt.ring_s})
        except (AriError, TimeoutError) as refused:
            await self.hang_up(attempt.id)
            raise NotPlacedError(str(refused)) from refused
        finally:
            del self._entering[attempt.id]

    async def join(self, attempt_id: AttemptId, session_id: SessionId) -> None:
        """See ports.Telephony."""
        try:
            await self._hush_agent(session_id, False)
            beep = {"media": f"sound:{self.node.beep}"}
            await self._request("POST", f"channels/{await self._phone(session_id)}/play", beep)
            await self._hush(attempt_id, False)
            await self._request("POST", f"bridges/{agent_bridge(session_id)}/addChannel", {"channel": attempt_id})
        except AriError as refused:
            raise NotPlacedError(str(refused)) from refused

    async def announce(self, attempt_id: AttemptId) -> None:
        """See ports.Telephony."""
        query = {"context": translate.ABANDON_CONTEXT, "extension": "s", "priority": 1}
        try:
            await self._request("POST", f"channels/{attempt_id}/continue", query)
        except AriError as refused:
            if refused.status not in GONE:
                raise TelephonyAway(str(refused)) from refused

    async def hang_up(self, attempt_id: AttemptId) -> None:
        """See ports.Telephony."""
        await self._delete(f"channels/{attempt_id}")

    async def call_phone(self, session_id: SessionId, extension: str, leg: int) -> None:
        """See ports.Telephony."""
        query = {
            "endpoint": f"PJSIP/{extension}",
            "app": APP,
            "appArgs": f"agent,{session_id},{leg}",
            "channelId": agent_channel(session_id, leg),
            "callerId": "Tianzhou <0>",
            "timeout": PHONE_RING_S,
        }
        await self._place(query)

    async def drop_phone(self, session_id: SessionId, leg: int) -> None:
        """See ports.Telephony."""
        await self._delete(f"channels/{agent_channel(session_id, leg)}")
        await self._delete(f"bridges/{agent_bridge(session_id)}")

    # -- what is --------------------------------------------------------------------------------------------------

    async def snapshot(self) -> Snapshot:
        """See ports.Telephony."""
        taken_at = datetime.now(UTC)
        try:
            channels = await self._request("GET", "channels")
            bridges = await self._request("GET", "bridges")
        except AriError as refused:
            raise TelephonyAway(str(refused)) from refused
        recorded = await asyncio.to_thread(recorder.recorded_in, self.node.spool)
        return translate.snapshot(channels, bridges, recorded, taken_at)

    async def fate(self, attempt: Attempt) -> Fate:
        """See ports.Telephony."""
        return await asyncio.to_thread(cdr.fate, self.node.cdr_file, attempt)

    async def recorder(self) -> RecorderStatus:
        """See ports.Telephony."""
        status = await asyncio.to_thread(recorder.spool_status, self.node.spool)
        if not status.ok or self._ari is None:
            return status
        try:
            module = await self._request("GET", f"asterisk/modules/{recorder.MODULE}")
        except (AriError, TelephonyAway) as fault:
            return RecorderStatus(False, f"Asterisk's recorder module is not there: {fault}", status.free_mb)
        if module["status"] != "Running":
            return RecorderStatus(False, f"Asterisk's recorder module is {module['status']}", status.free_mb)
        return status

    async def look_at(self, calls: Collection[AttemptId]) -> dict[AttemptId, Look]:
        """See ports.Telephony."""
        return await asyncio.to_thread(self._tapes.look, list(calls))

    async def packets(self, attempt_id: AttemptId) -> int | None:
        """See ports.Telephony. A call by hand has its RTP on the trunk's leg, whose id is Asterisk's own."""
        try:
            return await self._count(attempt_id)
        except AriError as refused:
            log.debug("no RTP on this channel", action="no_rtp", why=str(refused))
        try:
            return await self._count(await self._trunk_leg(attempt_id))
        except AriError:
            return None

    async def _count(self, channel: str) -> int:
        told = await self._request("GET", f"channels/{channel}/rtp_statistics")
        return max(int(told["rxcount"]), int(told["txcount"]))

    async def _trunk_leg(self, attempt_id: AttemptId) -> str:
        """Raises AriError when the call has none."""
        for channel in await self._request("GET", "channels"):
            serves = (channel.get("channelvars") or {}).get("ATTEMPT") == attempt_id
            if serves and channel["name"].startswith("PJSIP/"):
                return str(channel["id"])
        raise AriError(404, "no leg at the trunk", "channels")

    async def mute(self, attempt_id: AttemptId, on: bool) -> None:
        """See ports.Telephony. Who ordered it is known before Asterisk says that it happened."""
        try:
            channel = await self._recorded_channel(attempt_id)
            if on:
                self._muting.add(attempt_id)
            await pause.mute(self.node.ami_port, self.node.ami_pause, channel, on)
        except AriError as refused:
            raise NotPlacedError(str(refused)) from refused
        if not on:
            self._muting.discard(attempt_id)

    async def _recorded_channel(self, attempt_id: AttemptId) -> str:
        """The name of the channel that MixMonitor is on. Raises AriError when there is none."""
        name = str((await self._request("GET", f"channels/{attempt_id}"))["name"])
        if name.startswith("PJSIP/"):
            return name
        return str((await self._request("GET", f"channels/{await self._trunk_leg(attempt_id)}"))["name"])

    async def self_test(self, test_id: str) -> Heard:
        """See ports.Telephony."""
        return await self_test.run(self._request, self.node.spool, test_id)

    async def trunks(self) -> dict[str, str]:
        """See ports.Telephony. Asterisk asks each carrier itself, by OPTIONS (`qualify_frequency`)."""
        found: dict[str, str] = {}
        for name in self.node.trunks:
            try:
                found[name] = str((await self._request("GET", f"endpoints/PJSIP/{name}"))["state"])
            except (AriError, TelephonyAway):
                found[name] = "unknown"
        return found

    def links(self) -> dict[str, bool]:
        """See ports.Telephony."""
        return {"ari": self._ari is not None, "ami": self._ami is not None and self._ami.is_up}

    async def provision(self, secrets: dict[str, str]) -> None:
        """See ports.Telephony. Pushes only what this Asterisk has not got from us yet."""
        for extension, secret in secrets.items():
            if self._pushed.get(extension) != secret and self._ari is not None:
                try:
                    await phones.push(self._ari, extension, secret)
                except AriError as refused:
                    raise TelephonyAway(str(refused)) from refused
                self._pushed[extension] = secret

    async def set_customers(self, settings: dict[str, int]) -> None:
        """See ports.Telephony."""
        if self.customers is None:
            raise TelephonyAway("there is no practice floor here")
        await self.customers.set(settings)

    # -- requests -------------------------------------------------------------------------------------------------

    async def _request(self, method: str, path: str, query: dict[str, Any] | None = None) -> Any:
        if self._ari is None:
            raise TelephonyAway("there is no link to Asterisk")
        return await self._ari.request(method, path, query)

    async def _place(self, query: dict[str, Any]) -> None:
        try:
            await self._request("POST", "channels", query)
        except AriError as refused:
            if refused.status == 409:  # it lives already: a second fence against dialing twice
                return
            raise NotPlacedError(str(refused)) from refused

    async def _create_manual(self, attempt: Attempt) -> None:
        if self._ari is None:
            raise NotPlacedError("there is no link to Asterisk")
        query = {
            "endpoint": f"Local/{national(attempt.number)}@tianzhou-manual/n",
            "app": APP,
            "appArgs": f"manual,{attempt.id}",
            "channelId": attempt.id,
        }
        variables = {
            "__ATTEMPT": attempt.id,
            "__TRUNK": attempt.trunk,
            "__CALLERID": attempt.caller_id,
            "__RING_S": str(attempt.ring_s),
        }
        await self._ari.request("POST", "channels/create", query, {"variables": variables})

    async def _phone(self, session_id: SessionId) -> str:
        """The agent's channel in the session's bridge. Raises AriError when there is none."""
        bridge = await self._request("GET", f"bridges/{agent_bridge(session_id)}")
        prefix = agent_channel(session_id, 0)[:-1]
        found = [str(channel) for channel in bridge["channels"] if channel.startswith(prefix)]
        if not found:
            raise AriError(404, "the agent's phone is gone", bridge["id"])
        return found[0]

    async def _hush_agent(self, session_id: SessionId, on: bool) -> None:
        await self._hush(await self._phone(session_id), on)

    async def _hush(self, channel: str, on: bool) -> None:
        """Silence as RTP towards a channel, so that phones with media time-outs stay."""
        with suppress(AriError):
            await self._request("POST" if on else "DELETE", f"channels/{channel}/silence")

    async def _delete(self, path: str) -> None:
        try:
            await self._request("DELETE", path)
        except AriError as refused:
            if refused.status not in GONE:
                raise TelephonyAway(str(refused)) from refused

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._reap)

    def _reap(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task of the bridge failed", action="task_failed", exc_info=task.exception())


async def _subscribe(ari: Ari, trunk: str) -> None:
    """Unanswered calls give events only with this. A trunk that Asterisk does not know can dial nothing anyway."""
    try:
        await ari.request("POST", f"applications/{APP}/subscription", {"eventSource": f"endpoint:PJSIP/{trunk}"})
    except AriError as refused:
        log.error("a trunk is not in pjsip.conf", action="unknown_trunk", trunk=trunk, why=str(refused))
