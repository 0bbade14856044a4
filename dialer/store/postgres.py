"""The store over PostgreSQL: every port of dialer/ports.py in one object."""

from dialer.store.callbacks import Callbacks
from dialer.store.calls import Calls
from dialer.store.incidents import IncidentLog
from dialer.store.leads import Leads
from dialer.store.leases import Leases
from dialer.store.pacing import PacingLog
from dialer.store.roster import Roster


class PostgresStore(Leases, Leads, Callbacks, Calls, Roster, IncidentLog, PacingLog):
    """All of `dialer.ports.Store` over one engine."""
