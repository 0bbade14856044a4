import { MultiSelect, NumberInput, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { useTexts } from "@/i18n";
import { useKeepTeam, useSellers } from "./data";
import { OrderForm } from "./OrderForm";
import type { Team } from "./rules";

const QUOTA = 2000;

interface Draft {
  name: string;
  leader: string | null;
  quota: number | null;
  agents: string[];
}

function draftOf(team: Team | null): Draft {
  if (team === null) return { name: "", leader: null, quota: QUOTA, agents: [] };
  return { name: team.name, leader: team.leader_id, quota: team.quota, agents: team.members.map(({ user_id }) => user_id) };
}

/** A team: its name, its leader, its agents, and how many numbers it may have open. */
export function TeamDialog({ team, onClose, onKept }: { team: Team | null; onClose: () => void; onKept: (id: string) => void }) {
  const { numbers, common } = useTexts();
  const texts = numbers.team;
  const keep = useKeepTeam();
  const sellers = useSellers();
  const [draft, setDraft] = useState(() => draftOf(team));
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const { name, leader, quota, agents } = draft;
  const people = sellers.data ?? [];
  const submit = () => {
    if (leader === null || quota === null) return;
    const kept = ({ id }: Team) => {
      onKept(id);
      onClose();
    };
    keep.mutate({ id: team && team.id, name: name.trim(), leader_id: leader, quota, agent_ids: agents }, { onSuccess: kept });
  };
  return (
    <OrderForm
      title={team === null ? texts.create : texts.change}
      confirm={common.save}
      error={keep.error ?? sellers.error}
      isWaiting={keep.isPending}
      isReady={name.trim() !== "" && leader !== null && quota !== null}
      onClose={onClose}
      onSubmit={submit}
    >
      <TextInput label={texts.name} required maxLength={100} data-autofocus value={name} onChange={({ currentTarget: { value } }) => change({ name: value })} />
      <Select
        label={texts.leader}
        required
        searchable
        data={people.filter(({ may_lead }) => may_lead).map(optionOf)}
        value={leader}
        onChange={(value) => change({ leader: value })}
      />
      <MultiSelect
        label={texts.agents}
        description={texts.agentsHint}
        searchable
        data={people.map(optionOf)}
        value={agents}
        onChange={(value) => change({ agents: value })}
      />
      <NumberInput
        label={texts.quota}
        description={texts.quotaHint}
        min={0}
        max={1_000_000}
        allowDecimal={false}
        value={quota ?? ""}
        onChange={(typed) => change({ quota: typed === "" ? null : Number(typed) })}
      />
    </OrderForm>
  );
}

function optionOf({ user_id, name, username }: Schemas["Seller"]) {
  return { value: user_id, label: `${name} (${username})` };
}
