import { Tooltip } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { reasonText } from "@/i18n/problems";
import { useFloor } from "@/live/useFloor";
import { Meter } from "@/ui/Meter";
import classes from "./campaigns.module.css";
import type { Campaign } from "./data";
import { inAirOf, needsAPerson } from "./rules";

/** Why the campaign dials now, or does not; while it drains, how many calls are left. */
export function Situation({ campaign }: { campaign: Campaign }) {
  if (campaign.state === "draining") return <Draining id={campaign.id} />;
  return campaign.state === "running" ? <Why id={campaign.id} /> : null;
}

function Why({ id }: { id: string }) {
  const texts = useTexts();
  const reason = useFloor((floor) => floor.campaigns.find((campaign) => campaign.id === id)?.reason);
  if (reason == null) return null;
  const said = reasonText(texts, reason) ?? { title: reason, hint: "" };
  return (
    <Tooltip label={said.hint} disabled={said.hint === ""}>
      <span className={classes.why} tabIndex={0} data-alarm={needsAPerson(reason) || undefined} aria-label={`${texts.campaigns.why}: ${said.title}`}>
        {said.title}
      </span>
    </Tooltip>
  );
}

function Draining({ id }: { id: string }) {
  const { campaigns: texts } = useTexts();
  const left = useFloor((floor) => inAirOf(floor.calls, id).all);
  const [most, setMost] = useState(0);
  if (left === undefined) return null;
  if (left > most) setMost(left);
  return (
    <span className={classes.draining} role="status">
      {left === 0 ? texts.noCallsLeft : texts.callsLeft(left)}
      <Meter value={most === 0 ? 1 : (most - left) / most} color="var(--tz-warn-line)" />
    </span>
  );
}
