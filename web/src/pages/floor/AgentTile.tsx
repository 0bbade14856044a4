import { CirclePause, Headset, PenLine, PhoneCall, PhoneIncoming, type LucideIcon } from "lucide-react";
import { memo } from "react";
import { useTexts, type Texts } from "@/i18n";
import type { FloorAgent } from "@/live/changes";
import { Ticker } from "@/ui/Ticker";
import classes from "./agents.module.css";
import { agentLevel, type AgentState } from "./rules";

const ICONS: Record<AgentState, LucideIcon> = {
  ready: Headset,
  reserved: PhoneIncoming,
  on_call: PhoneCall,
  wrap_up: PenLine,
  paused: CirclePause,
};

/** The sign of a state: its shape says as much as its colour. */
export function StateIcon({ state, size }: { state: AgentState; size: number }) {
  const Icon = ICONS[state];
  return <Icon size={size} aria-hidden />;
}

interface Props {
  agent: FloorAgent;
  wrapUpS: number;
}

/** One agent; drawn again only when something about this agent changes, but for the time. */
export const AgentTile = memo(function AgentTile({ agent, wrapUpS }: Props) {
  const { floor: texts } = useTexts();
  return (
    <li className={classes.tile} data-state={agent.state}>
      <span className={classes.icon}>
        <StateIcon state={agent.state} size={17} />
      </span>
      <span className={classes.name} title={`${agent.name} (${agent.username})`}>
        {agent.name}
      </span>
      <span className={classes.time}>
        <Ticker
          since={agent.since}
          level={(seconds) => agentLevel(agent.state, seconds, wrapUpS)}
          words={[texts.long, texts.tooLong]}
        />
      </span>
      <span className={classes.state}>
        {texts.states[agent.state]}
        {agent.reason !== null && <span className={classes.reason}> · {pauseText(texts, agent.reason)}</span>}
      </span>
      <span className={classes.extension} title={texts.extension(agent.extension)}>
        {agent.extension}
      </span>
    </li>
  );
});

/** A pause's reason: ours have words in each language, a person's own stands as it was typed. */
function pauseText(texts: Texts["floor"], reason: string): string {
  const known: Partial<Record<string, string>> = texts.pauses;
  return known[reason] ?? reason;
}
