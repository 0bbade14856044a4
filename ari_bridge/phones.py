"""Agents' phones made known to Asterisk over ARI; PostgreSQL stays the truth (capacity.md §8)."""

from typing import Any

from ari_bridge.ari import Ari

CONTEXT = "tianzhou-phones"  # has no extension: a stolen password dials nothing


async def push(ari: Ari, extension: str, secret: str) -> None:
    """Creates or renews one phone: auth, aor, endpoint, in this order. Raises AriError, TelephonyAway."""
    for kind, fields in _objects(extension, secret).items():
        body = {"fields": [{"attribute": key, "value": value} for key, value in fields.items()]}
        await ari.request("PUT", f"asterisk/config/dynamic/res_pjsip/{kind}/{extension}", body=body)


def _objects(extension: str, secret: str) -> dict[str, dict[str, Any]]:
    return {
        "auth": {"auth_type": "digest", "username": extension, "password": secret},
        "aor": {"max_contacts": "1", "remove_existing": "yes", "qualify_frequency": "15", "qualify_timeout": "3"},
        "endpoint": {
            "transport": "transport-udp",
            "context": CONTEXT,
            "identify_by": "username",
            "allow_transfer": "no",
            "allow_subscribe": "no",
            "dtmf_mode": "rfc4733",
            "auth": extension,
            "aors": extension,
            "disallow": "all",
            "allow": "ulaw,alaw",
            "direct_media": "no",
            "rtp_symmetric": "yes",
            "force_rport": "yes",
            "rewrite_contact": "yes",
            "rtp_timeout": "30",
        },
    }
