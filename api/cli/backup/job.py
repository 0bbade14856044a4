"""One backup while it is made: whose, where to, and what it holds so far."""

from dataclasses import dataclass, field
from pathlib import Path

from api.cli.backup import files
from api.cli.backup.manifest import AUDIO
from api.cli.screen import Screen
from dialer.account import service_user
from dialer.machine import Paths
from dialer.settings import Settings


@dataclass
class Job:
    """One backup of an installation into a folder of backups."""

    settings: Settings
    where: Path
    screen: Screen
    part: Path = field(init=False)
    earlier: Path | None = None  # the newest complete one: what did not change is linked from there
    kept: dict[str, files.Kept] = field(default_factory=dict)

    @property
    def paths(self) -> Paths:
        """The installation's folders."""
        return Paths(self.settings.root)

    @property
    def is_local(self) -> bool:
        """Whether the recordings lie in the data folder."""
        return not self.settings.storage_url

    def keep(self, name: str, source: Path | bytes) -> None:
        """Puts a file into the backup under this name. Raises FileNotFoundError when it is gone."""
        pieces = [source] if isinstance(source, bytes) else files.pieces_of(source)
        self.kept[name] = files.write(self.part / name, pieces)

    def held(self, key: str) -> Path | None:
        """An audio object in the newest complete backup."""
        found = self.earlier / AUDIO / key if self.earlier else None
        return found if found and found.exists() else None

    def advice(self) -> str:
        """What to do where the folder of backups is the trouble."""
        return (
            f"See that {self.where} has room and that {service_user()} may write there, "
            "or set TIANZHOU_BACKUP_DIR to another folder."
        )


def same_disk(one: Path, other: Path) -> bool:
    """Whether two paths lie on one file system."""
    return one.stat().st_dev == other.stat().st_dev
