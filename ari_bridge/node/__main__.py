"""`python -m ari_bridge.node`: prepare, exec, ready, look, sipp-path."""

import argparse
import json
import sys

from ari_bridge.node.errors import NodeError
from ari_bridge.node.launch import exec_asterisk, sipp_argv
from ari_bridge.node.layout import ROLES
from ari_bridge.node.prepare import prepare
from dialer.settings import settings


def main() -> int:
    """Does what the command line asks. Returns the exit code: 1 with one sentence when it cannot."""
    asked = _parser().parse_args()
    try:
        _do(asked)
    except NodeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _do(asked: argparse.Namespace) -> None:
    match asked.verb:
        case "prepare":
            prepare(settings(), _say)
        case "exec":
            exec_asterisk(asked.role)
        case "ready":
            from ari_bridge.node.ready import wait_ready  # noqa: PLC0415 - httpx is slow to load

            wait_ready(asked.role, asked.timeout)
            _say(f"{asked.role} is ready")
        case "look":
            from ari_bridge.node.look import look  # noqa: PLC0415 - httpx is slow to load

            _say(json.dumps(look(asked.role).as_json()))
        case "sipp-path":
            _say(json.dumps(sipp_argv()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ari_bridge.node", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("prepare", help="fetch Asterisk, write its files, make its sounds")
    verbs.add_parser("sipp-path", help="print how to start SIPp, as JSON")
    roles = {
        "exec": "become one of the Asterisks",
        "ready": "wait until one of them answers",
        "look": "print what is to be seen of one of them, as JSON",
    }
    for verb, text in roles.items():
        command = verbs.add_parser(verb, help=text)
        command.add_argument("role", choices=ROLES)
        command.add_argument("--timeout", type=float, default=30.0, help="seconds to wait (ready)")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
