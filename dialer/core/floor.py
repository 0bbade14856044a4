"""The floor: all live attempts and agents of a node, and the rules that join the two machines.

Events go in, commands come out, nothing else happens. Time comes as `now`. Where to look:
    floor_state.py   what there is, and what pacing asks of it
    joint.py         who gets whom; what changes a customer and an agent together
    happenings.py    events: `receive`
    ageing.py        time: `tick`
    requests.py      persons: shifts, hangups, dispositions, stops
"""

from dialer.core.ageing import Ageing
from dialer.core.happenings import Happenings
from dialer.core.requests import Requests


class Floor(Happenings, Ageing, Requests):
    """One node's live state."""
