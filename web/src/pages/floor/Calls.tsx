import { Hourglass, PhoneCall, PhoneOff, PhoneOutgoing, type LucideIcon } from "lucide-react";
import { useMemo } from "react";
import { useTexts } from "@/i18n";
import type { FloorCall } from "@/live/changes";
import { useFloor } from "@/live/useFloor";
import { Empty } from "@/ui/Empty";
import { Ticker } from "@/ui/Ticker";
import classes from "./calls.module.css";
import floorClasses from "./floor.module.css";
import { callLevel, type CallState, sortedCalls, stateSince } from "./rules";

const NONE: FloorCall[] = [];
const SHOWN = 80;
const ICONS: Record<CallState, LucideIcon> = { waiting: Hourglass, connected: PhoneCall, dialing: PhoneOutgoing };

/** The calls in the air; customers who wait stand on top. */
export function Calls() {
  const { floor: texts } = useTexts();
  const calls = useFloor((floor) => floor.calls) ?? NONE;
  const sorted = useMemo(() => sortedCalls(calls), [calls]);
  return (
    <section className={`${floorClasses.panel ?? ""} ${classes.panel ?? ""}`} aria-label={texts.calls}>
      <header className={floorClasses.panelHead}>
        <h2>{texts.calls}</h2>
        <span className={classes.count}>{calls.length}</span>
      </header>
      {sorted.length === 0 ? (
        <Empty icon={PhoneOff} title={texts.noCalls} hint={texts.noCallsHint} />
      ) : (
        <Table calls={sorted.slice(0, SHOWN)} />
      )}
      {sorted.length > SHOWN && <p className={classes.rest}>{texts.moreCalls(sorted.length - SHOWN)}</p>}
    </section>
  );
}

function Table({ calls }: { calls: readonly FloorCall[] }) {
  const { floor: texts } = useTexts();
  const names = useFloor((floor) => new Map(floor.agents.map((agent) => [agent.agent_id, agent.name])));
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label={texts.calls}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{texts.state}</th>
            <th scope="col">{texts.number}</th>
            <th scope="col">{texts.agent}</th>
            <th scope="col">{texts.time}</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <Row key={call.id} call={call} agent={call.agent_id === null ? undefined : names?.get(call.agent_id)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ call, agent }: { call: FloorCall; agent: string | undefined }) {
  const { floor: texts } = useTexts();
  const Icon = ICONS[call.state];
  return (
    <tr data-state={call.state}>
      <td className={classes.state}>
        <Icon size={14} aria-hidden />
        {texts.callStates[call.state]}
      </td>
      <td className={classes.number}>{call.number}</td>
      <td className={classes.agent} title={agent}>
        {agent ?? "–"}
      </td>
      <td className={classes.time}>
        <Ticker
          since={stateSince(call)}
          level={(seconds) => callLevel(call.state, seconds)}
          words={[texts.long, texts.tooLong]}
        />
      </td>
    </tr>
  );
}
