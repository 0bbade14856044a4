import { Select, TextInput } from "@mantine/core";
import { ArrowDownNarrowWide, Search } from "lucide-react";
import { useTexts } from "@/i18n";
import type { FloorAgent } from "@/live/changes";
import { useFloor } from "@/live/useFloor";
import classes from "./agents.module.css";
import { StateIcon } from "./AgentTile";
import { type Filter, SORTS, STATES } from "./rules";

interface Props {
  agents: readonly FloorAgent[];
  filter: Filter;
  onChange: (change: Partial<Filter>) => void;
}

/** Which agents, by name and campaign, and in which order. */
export function AgentFields({ filter, onChange }: Omit<Props, "agents">) {
  const { floor: texts } = useTexts();
  return (
    <div className={classes.fields}>
      <TextInput
        size="xs"
        type="search"
        aria-label={texts.filterName}
        placeholder={texts.filterName}
        leftSection={<Search size={14} aria-hidden />}
        className={classes.search}
        value={filter.text}
        onChange={({ currentTarget: { value } }) => onChange({ text: value })}
      />
      <CampaignChoice filter={filter} onChange={onChange} />
      <Select
        size="xs"
        className={classes.sort}
        aria-label={texts.sort}
        leftSection={<ArrowDownNarrowWide size={14} aria-hidden />}
        data={SORTS.map((sort) => ({ value: sort, label: texts.sorts[sort] }))}
        value={filter.sort}
        allowDeselect={false}
        onChange={(value) => onChange({ sort: SORTS.find((sort) => sort === value) })}
      />
    </div>
  );
}

/** How many are in each state; pressed, only these are shown. */
export function StateChips({ agents, filter, onChange }: Props) {
  const { floor: texts } = useTexts();
  return (
    <div className={classes.chips} role="group" aria-label={texts.filterState}>
      {STATES.map((state) => (
        <button
          key={state}
          type="button"
          className={classes.chip}
          data-state={state}
          aria-pressed={filter.state === state}
          onClick={() => onChange({ state: filter.state === state ? null : state })}
        >
          <StateIcon state={state} size={14} />
          {texts.states[state]}
          <b>{agents.filter((agent) => agent.state === state).length}</b>
        </button>
      ))}
    </div>
  );
}

function CampaignChoice({ filter, onChange }: Omit<Props, "agents">) {
  const { floor: texts } = useTexts();
  const campaigns = useFloor((floor) => floor.campaigns) ?? [];
  if (campaigns.length < 2 && filter.campaign === null) return null;
  return (
    <Select
      size="xs"
      className={classes.campaign}
      clearable
      aria-label={texts.filterCampaign}
      placeholder={texts.allCampaigns}
      data={campaigns.map(({ id, name }) => ({ value: id, label: name }))}
      value={filter.campaign}
      onChange={(value) => onChange({ campaign: value })}
    />
  );
}
