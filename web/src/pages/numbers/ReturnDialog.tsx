import { Switch } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { useTimes } from "@/ui/useTimes";
import { useReturn } from "./data";
import type { OrderProps } from "./Desk";
import classes from "./numbers.module.css";
import { Count, OrderForm, useLeader } from "./OrderForm";
import { told } from "./told";

/** What the leader drew and did not issue, back to the stock. */
export function ReturnDialog({ team, lines, onClose, onDone }: OrderProps) {
  const texts = useTexts().numbers;
  const { count: shown } = useTimes();
  const give = useReturn();
  const leader = useLeader(team);
  const [count, setCount] = useState<number | null>(null);
  const [untouched, setUntouched] = useState(false);
  const there = lines.leader?.open ?? 0;
  const submit = () =>
    give.mutate(
      { ...leader, holder: "leader", untouched, ...(count !== null && { count }) },
      { onSuccess: (done) => onDone(told(texts, done, texts.returned(done.moved))) },
    );
  return (
    <OrderForm
      title={texts.orders.return}
      confirm={texts.orders.return}
      error={give.error}
      isWaiting={give.isPending}
      isReady={there > 0}
      onClose={onClose}
      onSubmit={submit}
    >
      <p className={classes.quiet}>{texts.returnHint(shown(there))}</p>
      <Count label={texts.howMany} value={count} onChange={setCount} most={there} isOptional />
      <Switch label={texts.untouched} description={texts.untouchedHint} checked={untouched} onChange={({ currentTarget: { checked } }) => setUntouched(checked)} />
    </OrderForm>
  );
}
