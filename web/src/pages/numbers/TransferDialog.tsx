import { Group, SegmentedControl, Select } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { useTeams, useTransfer } from "./data";
import type { OrderProps } from "./Desk";
import classes from "./numbers.module.css";
import { Count, OrderForm, useLeader } from "./OrderForm";
import { told } from "./told";

/** Numbers from agent to agent of a team, or from this leader to another. */
export function TransferDialog({ asking, team, lines, onClose, onDone }: OrderProps) {
  const texts = useTexts().numbers;
  const transfer = useTransfer();
  const leader = useLeader(team);
  const way = useWay(asking.people?.[0] ?? null, team, lines);
  const { holder, from, to, there } = way;
  const [count, setCount] = useState<number | null>(null);
  const submit = () => {
    if (from === null || to === null) return;
    const order = { ...leader, holder, from_id: from, to_id: to, ...(count !== null && { count }) };
    transfer.mutate(order, { onSuccess: (done) => onDone(told(texts, done, texts.transferred(done.moved))) });
  };
  return (
    <OrderForm
      title={texts.orders.transfer}
      confirm={texts.orders.transfer}
      error={transfer.error}
      isWaiting={transfer.isPending}
      isReady={from !== null && to !== null && from !== to}
      onClose={onClose}
      onSubmit={submit}
    >
      <WayFields way={way} />
      <Count label={texts.howMany} value={count} onChange={setCount} most={there} isOptional focus={false} />
      <p className={classes.quiet}>{texts.transferHint}</p>
    </OrderForm>
  );
}

/** From whom to whom: a leader gives his own. */
function useWay(first: string | null, team: OrderProps["team"], lines: OrderProps["lines"]) {
  const texts = useTexts().numbers;
  const others = (useTeams().data ?? []).filter(({ id }) => id !== team.id);
  const [holder, setHolder] = useState<"agent" | "leader">("agent");
  const [chosen, setFrom] = useState(first);
  const [to, setTo] = useState<string | null>(null);
  const from = holder === "leader" ? team.leader_id : chosen;
  const account = holder === "leader" ? lines.leader : lines.agents.find(({ user_id }) => user_id === from);
  const agents = lines.agents.map(({ user_id, name, open }) => ({ value: user_id, label: `${name} · ${open}` }));
  const leaders = others.map(({ leader_id, name, leader_name }) => ({ value: leader_id, label: texts.team.of(name, leader_name) }));
  const between = (kind: string) => {
    setHolder(kind === "leader" ? "leader" : "agent");
    setTo(null);
  };
  return { holder, between, from, setFrom, to, setTo, agents, leaders, there: account?.open ?? 0 };
}

function WayFields({ way }: { way: ReturnType<typeof useWay> }) {
  const texts = useTexts().numbers;
  const { holder, between, from, setFrom, to, setTo, agents, leaders } = way;
  const takers = holder === "leader" ? leaders : agents.filter(({ value }) => value !== from);
  const kinds = [
    { value: "agent", label: texts.betweenAgents },
    { value: "leader", label: texts.toLeader },
  ];
  return (
    <>
      {leaders.length > 0 && <SegmentedControl fullWidth aria-label={texts.between} value={holder} data={kinds} onChange={between} />}
      <Group grow align="flex-start">
        {holder === "agent" && <Select label={texts.from} searchable data={agents} value={from} onChange={setFrom} />}
        <Select label={texts.to} searchable data={takers} value={to} onChange={setTo} />
      </Group>
    </>
  );
}
