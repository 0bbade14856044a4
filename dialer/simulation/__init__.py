"""A floor without phones: whole days of agents and customers in seconds, paced by the core that paces the real one.

`pacing_factory(settings)` is our pacing behind the contract that any floor may drive: settings and snapshots are
plain dicts of what an Asterisk dialer can know (ARCHITECTURE.md, dialer/simulation).
"""

from dialer.simulation.adapter import pacing_factory

__all__ = ["pacing_factory"]
