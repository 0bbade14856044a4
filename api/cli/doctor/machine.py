"""The machine below: disks, secrets' modes, time zone data, the clock's source."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.cli.backup.shelf import backup_folder
from api.cli.doctor.finding import START_IT, Finding, ill, well
from dialer.machine import Paths
from dialer.settings import Settings

MEBIBYTE = 1 << 20
FEW_INODES = 0.01  # of all
NTP = ("timedatectl", "show", "--property=NTPSynchronized", "--value")


def examine(settings: Settings, paths: Paths) -> Iterator[Finding]:
    """What needs no program of ours to run."""
    yield zone(settings.zone)
    yield secrets(paths)
    yield disk("disk_spool", paths.spool, settings.disk_reserve_mb, "below the reserve nothing is dialed")
    if not settings.storage_url:
        yield disk("disk_recordings", paths.recordings, settings.disk_reserve_mb, "recordings wait in the spool")
    if not settings.database_url:
        yield disk("disk_database", paths.postgres, settings.disk_reserve_mb, "a full disk stops the database")
    if settings.backup_at:
        yield disk("disk_backup", backup_folder(settings), settings.disk_reserve_mb, "no backup fits there")


def zone(name: str) -> Finding:
    """Whether the centre's time zone is known here."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        todo = "Set TIANZHOU_ZONE to a name as Asia/Shanghai, or type: .venv/bin/pip install tzdata"
        return ill("zone", f"{name!r} is no time zone that this machine knows", todo)
    return well("zone", name)


def secrets(paths: Paths) -> Finding:
    """Files that hold passwords are for their owner only."""
    if not paths.secrets_file.exists():
        return ill("secrets", f"{paths.root} was never set up", START_IT)
    kept = [paths.secrets_file, paths.logins_file]
    open_ones = [str(path) for path in kept if path.exists() and path.stat().st_mode & 0o077]
    if open_ones:
        return ill("secrets", f"others may read {' and '.join(open_ones)}", f"Type: chmod 600 {' '.join(open_ones)}")
    return well("secrets", "for their owner only")


def disk(part: str, folder: Path, reserve_mb: int, otherwise: str) -> Finding:
    """Room and file entries on the file system of a folder, or of where it is going to be."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    system = os.statvfs(there)
    free = system.f_bavail * system.f_frsize // MEBIBYTE
    if free <= reserve_mb:
        seen = f"{free} MB are free for {there}, {reserve_mb} MB are the reserve: {otherwise}"
        return ill(part, seen, f"Make room on the file system of {there}, or move the data folder to a larger one.")
    if system.f_files and system.f_favail < system.f_files * FEW_INODES:
        seen = f"{system.f_favail} of {system.f_files} file entries (inodes) are free for {there}"
        return ill(part, seen, f"Delete small files on the file system of {there}: no new file can be made soon.")
    return well(part, f"{free} MB free, {reserve_mb} MB are the reserve")


def ntp() -> Finding:
    """Whether somebody keeps the clock right, where the system can tell."""
    try:
        done = subprocess.run(NTP, capture_output=True, text=True, timeout=3, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return well("ntp", "this system does not tell (no timedatectl)")
    if done.stdout.strip() == "no":
        seen = "the clock is not synchronised over the network"
        return ill("ntp", seen, "Type: timedatectl set-ntp true (times are evidence).")
    return well("ntp", "synchronised" if done.stdout.strip() == "yes" else "this system does not tell")
