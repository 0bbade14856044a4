"""The doctor's look at a real Asterisk."""

import asyncio

from api.cli.doctor import switch
from dialer.settings import Settings
from tests.telephony.stack import NODE, eventually
from tests.telephony.world import World


async def test_a_running_asterisk_is_seen_as_it_is(world: World) -> None:
    await world.make_campaign()
    await world.add_agent()
    settings = Settings(data_dir=world.stack.paths.root, node=NODE, trunks="practice nowhere")
    online = {"practice", "1001"}

    async def look() -> bool:
        seen = await asyncio.to_thread(switch.look, settings)
        assert seen["ready"] and seen["is_good"] and seen["missing"] == []
        return online <= {name for name, state in seen["endpoints"].items() if state == "online"}

    await eventually(look, "trunk and phone online", 20)
    finding = switch.trunks(await asyncio.to_thread(switch.look, settings), settings)
    assert not finding.ok and finding.seen == "Asterisk has no trunk nowhere"


async def test_an_asterisk_that_is_down_still_tells_its_version(own_world: World) -> None:
    own_world.stack.kill("main")
    seen = await asyncio.to_thread(switch.look, Settings(data_dir=own_world.stack.paths.root))
    assert (seen["ready"], seen["is_good"]) == (False, True)
    assert "ARI does not answer" in seen["why"]
