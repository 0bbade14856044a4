import { Button } from "@mantine/core";
import { Headset, SearchX } from "lucide-react";
import { useCallback, useState } from "react";
import { recall, remember } from "@/app/remembered";
import { useTexts } from "@/i18n";
import type { FloorAgent } from "@/live/changes";
import { useFloor } from "@/live/useFloor";
import { Empty } from "@/ui/Empty";
import { AgentFields, StateChips } from "./AgentFilter";
import classes from "./agents.module.css";
import { AgentTile } from "./AgentTile";
import floorClasses from "./floor.module.css";
import { BringAgents } from "./BringAgents";
import { chosenAgents, type Filter, SORTS, WRAP_UP_S } from "./rules";
import { useWrapUps } from "./useWrapUps";

const NONE: FloorAgent[] = [];
const MANY = 48; // from here on a tile is one line

/** Everybody at work. */
export function Agents() {
  const { floor: texts } = useTexts();
  const agents = useFloor((floor) => floor.agents) ?? NONE;
  const [filter, setFilter] = useFilter();
  const chosen = chosenAgents(agents, filter);
  return (
    <section className={floorClasses.panel} aria-label={texts.agents}>
      <header className={floorClasses.panelHead}>
        <h2>{texts.agents}</h2>
        <span className={classes.count}>{texts.shown(chosen.length, agents.length)}</span>
        <AgentFields filter={filter} onChange={setFilter} />
      </header>
      <StateChips agents={agents} filter={filter} onChange={setFilter} />
      {chosen.length > 0 ? (
        <Tiles agents={chosen} />
      ) : (
        <Nobody isFiltered={agents.length > 0} onClear={() => setFilter({ state: null, campaign: null, text: "" })} />
      )}
    </section>
  );
}

function useFilter(): [Filter, (change: Partial<Filter>) => void] {
  const [filter, setFilter] = useState<Filter>(() => ({
    state: null,
    campaign: null,
    text: "",
    sort: SORTS.find((sort) => sort === recall("floor")) ?? "extension",
  }));
  const change = useCallback((changed: Partial<Filter>) => {
    if (changed.sort !== undefined) remember("floor", changed.sort);
    setFilter((now) => ({ ...now, ...changed }));
  }, []);
  return [filter, change];
}

function Tiles({ agents }: { agents: readonly FloorAgent[] }) {
  const wrapUps = useWrapUps();
  const capOf = (agent: FloorAgent) => Math.max(0, ...agent.campaign_ids.map((id) => wrapUps.get(id) ?? WRAP_UP_S));
  return (
    <ul className={classes.tiles} data-many={agents.length >= MANY || undefined}>
      {agents.map((agent) => (
        <AgentTile key={agent.id} agent={agent} wrapUpS={capOf(agent)} />
      ))}
    </ul>
  );
}

function Nobody({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const { floor: texts } = useTexts();
  if (!isFiltered) {
    return (
      <Empty icon={Headset} title={texts.noAgents} hint={texts.noAgentsHint}>
        <BringAgents />
      </Empty>
    );
  }
  return (
    <Empty icon={SearchX} title={texts.noMatch} hint={texts.noMatchHint}>
      <Button variant="light" onClick={onClear}>
        {texts.clearFilters}
      </Button>
    </Empty>
  );
}
