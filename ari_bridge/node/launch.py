"""How Asterisk, its command line and SIPp are started, and whether their ports are free."""

import os
from typing import NoReturn

from ari_bridge.node.errors import NotPrepared, PortTaken
from ari_bridge.node.layout import Role, conf_file
from ari_bridge.node.toolbox import Toolbox, toolbox
from dialer.machine import Paths, Ports, is_free, load_ports
from dialer.settings import settings


def asterisk_argv(role: Role) -> list[str]:
    """Asterisk in the foreground. Raises NotPrepared before set-up."""
    paths, tools = _prepared(role)
    return [*tools.argv("asterisk"), "-f", "-n", "-C", str(conf_file(paths, role))]


def cli_argv(role: Role, command: str) -> list[str]:
    """One command at the running Asterisk's own console. Raises NotPrepared before set-up."""
    paths, tools = _prepared(role)
    return [*tools.argv("asterisk"), "-C", str(conf_file(paths, role)), "-rx", command]


def sipp_argv() -> list[str]:
    """SIPp, without arguments. Raises NotPrepared where there is none."""
    return toolbox(_paths()).argv("sipp")


def ports_of(role: Role, ports: Ports) -> dict[str, int]:
    """The ports this role listens on, by what they are for."""
    if role == "carrier":
        return {"SIP": ports.carrier_sip, "ARI": ports.carrier_ari}
    return {"SIP": ports.sip, "ARI": ports.ari, "AMI": ports.ami}


def check_ports(role: Role, ports: Ports) -> None:
    """Raises PortTaken, naming the first port of this role that somebody else has."""
    for use, port in ports_of(role, ports).items():
        if not is_free(port):
            raise PortTaken(
                f"Port {port} ({use} of {role}) is in use: end the program that has it (perhaps another run of ours),"
                f" or remove {_paths().ports_file} so that new ports are found."
            )


def exec_asterisk(role: Role) -> NoReturn:
    """Becomes Asterisk. Raises PortTaken or NotPrepared instead where it could not run."""
    argv = asterisk_argv(role)
    check_ports(role, load_ports(_paths()))
    os.chdir(_paths().asterisk(role))
    os.execv(argv[0], argv)  # noqa: S606 - no shell is what we want


def _paths() -> Paths:
    return Paths(settings().root)


def _prepared(role: Role) -> tuple[Paths, Toolbox]:
    paths = _paths()
    if not conf_file(paths, role).exists():
        raise NotPrepared(
            f"There is no {role} Asterisk in {paths.root}: run `python -m ari_bridge.node prepare` first."
        )
    return paths, toolbox(paths)
