"""How the practice carrier's customers behave: global variables of the second Asterisk."""

import httpx

from dialer.ports import TelephonyAway

TIMEOUT_S = 5.0


class Customers:
    """The carrier's ARI; practice only."""

    def __init__(self, port: int, secret: str) -> None:
        self._url = f"http://127.0.0.1:{port}/ari/asterisk/variable"
        self._auth = ("carrier", secret)

    async def set(self, settings: dict[str, int]) -> None:
        """Sets each global variable, named in capitals. Raises TelephonyAway."""
        try:
            async with httpx.AsyncClient(auth=self._auth, timeout=TIMEOUT_S, trust_env=False) as client:
                for name, value in settings.items():
                    query = {"variable": _global(name), "value": str(value)}
                    (await client.post(self._url, params=query)).raise_for_status()
        except httpx.HTTPError as fault:
            raise TelephonyAway(f"the practice carrier does not answer: {fault}") from fault


def _global(name: str) -> str:
    """The dialplan's name of a setting: `no_answer_pct` is NOANSWER_PCT there."""
    return name.upper().replace("NO_ANSWER", "NOANSWER")
