"""`rig` is a dialer that does not run yet; its outbox lies in the test's own folder."""

from pathlib import Path

import pytest

from tests.unit.engine.rig import Rig


@pytest.fixture
async def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "outbox" / "journal.jsonl")
