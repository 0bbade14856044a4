import { Switch } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { useTakeBack } from "./data";
import type { OrderProps } from "./Desk";
import classes from "./numbers.module.css";
import { Count, OrderForm, People, startingPeople, useLeader } from "./OrderForm";
import { told } from "./told";

/** Agents' numbers back to their leader: of each so many, or all. */
export function TakeBackDialog({ asking, team, lines, onClose, onDone }: OrderProps) {
  const texts = useTexts().numbers;
  const takeBack = useTakeBack();
  const leader = useLeader(team);
  const [people, choose] = useState(() => startingPeople(asking.people, lines.agents));
  const [count, setCount] = useState<number | null>(null);
  const [untouched, setUntouched] = useState(true);
  const submit = () =>
    takeBack.mutate(
      { ...leader, agent_ids: people, untouched, ...(count !== null && { each: count }) },
      { onSuccess: (done) => onDone(told(texts, done, texts.takenBack(done.moved))) },
    );
  return (
    <OrderForm
      title={texts.orders.take_back}
      confirm={texts.orders.take_back}
      error={takeBack.error}
      isWaiting={takeBack.isPending}
      isReady={people.length > 0}
      onClose={onClose}
      onSubmit={submit}
    >
      <People lines={lines.agents} chosen={people} onChange={choose} />
      <Count label={texts.ofEach} value={count} onChange={setCount} isOptional />
      <Switch label={texts.untouched} description={texts.untouchedHint} checked={untouched} onChange={({ currentTarget: { checked } }) => setUntouched(checked)} />
      <p className={classes.quiet}>{texts.takeBackHint}</p>
    </OrderForm>
  );
}
