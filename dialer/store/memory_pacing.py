"""What pacing asks and tells, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dialer.core.attempt import Attempt, Mode
from dialer.core.ids import AttemptId, CampaignId
from dialer.core.records import AttemptClosed
from dialer.ports import Counted, PacingMoment


@dataclass
class MemoryPacing:
    """See ports.PacingLog."""

    attempts: dict[AttemptId, Attempt] = field(default_factory=dict)
    closings: dict[AttemptId, AttemptClosed] = field(default_factory=dict)
    pacing_now: dict[CampaignId, PacingMoment] = field(default_factory=dict)
    pacing_moments: list[PacingMoment] = field(default_factory=list)

    async def counted(self, since: Mapping[CampaignId, datetime]) -> dict[CampaignId, Counted]:
        """See ports.PacingLog."""
        found = {}
        for campaign_id, at in since.items():
            calls = [each for each in self.attempts.values() if each.campaign_id == campaign_id]
            known = [each for each in calls if each.opened_at >= at and self._is_known(each)]
            lost = sum(each.id in self.closings and self.closings[each.id].abandoned for each in known)
            if known:
                found[campaign_id] = Counted(len(known), lost)
        return found

    def _is_known(self, attempt: Attempt) -> bool:
        """Whether a person answered an automatic call and it is known what came of it."""
        closing = self.closings.get(attempt.id)
        answered = attempt.answered_at or (closing.answered_at if closing else None)
        return (
            attempt.mode is not Mode.MANUAL
            and answered is not None
            and (attempt.connected_at is not None or closing is not None)
        )

    async def note_pacing(self, node: str, now: Sequence[PacingMoment], kept: Sequence[PacingMoment]) -> None:
        """See ports.PacingLog."""
        self.pacing_now |= {each.campaign_id: each for each in now}
        self.pacing_moments += kept
