"""The account that pauses recordings: what it sends, and that nothing else can be sent through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ari_bridge import pause
from ari_bridge.errors import AriError
from dialer.ports import TelephonyAway

CHANNEL = "PJSIP/practice-0000001f"


@asynccontextmanager
async def manager(*answers: str) -> AsyncIterator[tuple[int, list[str]]]:
    """An AMI that answers so; its port, and what it was sent."""
    sent: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        for answer in answers:
            sent.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(answer.encode() + b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], sent


async def test_a_recording_is_muted_in_both_directions() -> None:
    async with manager("Response: Success\r\nMessage: Authentication accepted", "Response: Success") as (port, sent):
        await pause.mute(port, "secret", CHANNEL, True)
    assert "Action: Login\r\nUsername: pause\r\nSecret: secret\r\nEvents: off" in sent[0]
    assert sent[1] == f"Action: MixMonitorMute\r\nChannel: {CHANNEL}\r\nDirection: both\r\nState: 1\r\n\r\n"


async def test_what_asterisk_refuses_and_silence_are_told_apart() -> None:
    async with manager("Response: Success", "Response: Error\r\nMessage: No such channel") as (port, _):
        with pytest.raises(AriError, match="No such channel"):
            await pause.mute(port, "secret", CHANNEL, False)
    async with manager("Response: Success") as (port, _):
        with pytest.raises(TelephonyAway):
            await pause.mute(port, "secret", CHANNEL, True)
    with pytest.raises(TelephonyAway):
        await pause.mute(1, "secret", CHANNEL, True)


@pytest.mark.parametrize("channel", ["", "Local/1@x-00000001;1", f"{CHANNEL}\r\nAction: Originate", f"{CHANNEL}\n"])
async def test_only_the_name_of_a_call_s_channel_is_sent(channel: str) -> None:
    with pytest.raises(ValueError):
        await pause.mute(1, "secret", channel, True)
