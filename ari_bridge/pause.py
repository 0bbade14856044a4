"""The account `pause` of AMI: mutes a recording, or records again, and can do nothing else by our code.

A line of AMI ends at a bare newline too (reliability.md §0.7): what is sent is checked, never escaped.
"""

import asyncio
import re

from ari_bridge.errors import AriError
from dialer.ports import TelephonyAway

CHANNEL = re.compile(r"PJSIP/[A-Za-z0-9_-]{1,64}-[0-9a-f]{8}")
ANSWER_S = 3.0


async def mute(port: int, secret: str, channel: str, on: bool) -> None:
    """Sends MixMonitorMute for both directions. Raises ValueError, AriError when refused, TelephonyAway."""
    if not CHANNEL.fullmatch(channel):
        raise ValueError("this is no channel of a call")
    login = {"Action": "Login", "Username": "pause", "Secret": secret, "Events": "off"}
    order = {"Action": "MixMonitorMute", "Channel": channel, "Direction": "both", "State": "1" if on else "0"}
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await reader.readline()  # its greeting
                for action in (login, order):
                    writer.write(b"".join(f"{key}: {value}\r\n".encode() for key, value in action.items()) + b"\r\n")
                    await _succeeds(reader)
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as gone:
        raise TelephonyAway(f"AMI did not answer: {type(gone).__name__}") from gone


async def _succeeds(reader: asyncio.StreamReader) -> None:
    answer = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
    if not answer.startswith("Response: Success"):
        raise AriError(409, answer.partition("Message: ")[2].strip() or "refused", "MixMonitorMute")
