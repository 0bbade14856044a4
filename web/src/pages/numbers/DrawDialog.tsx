import { useState } from "react";
import { useTexts } from "@/i18n";
import { useTimes } from "@/ui/useTimes";
import { useDraw } from "./data";
import type { OrderProps } from "./Desk";
import classes from "./numbers.module.css";
import { CampaignField, Count, KindFields, OrderForm, useCampaignChoice, useLeader } from "./OrderForm";
import { fitting, type Kind, sumOf } from "./rules";
import { told } from "./told";

/** So many numbers out of the stock, to the leader. */
export function DrawDialog({ asking, team, lines, stock, onClose, onDone }: OrderProps) {
  const texts = useTexts().numbers;
  const { count: shown } = useTimes();
  const draw = useDraw();
  const leader = useLeader(team);
  const campaign = useCampaignChoice(stock);
  const mine = stock.filter(({ campaign_id }) => campaign_id === campaign.id);
  const [kind, setKind] = useState<Kind>(asking.kind ?? {});
  const [count, setCount] = useState<number | null>(null);
  const there = fitting(mine, kind);
  const room = Math.max(0, team.quota - sumOf([...lines.agents, ...(lines.leader ? [lines.leader] : [])]).open);
  const submit = () =>
    draw.mutate(
      { ...leader, ...kind, campaign_id: campaign.id ?? "", count: count ?? 1 },
      { onSuccess: (done) => onDone(told(texts, done, texts.drawn(done.moved))) },
    );
  return (
    <OrderForm
      title={texts.orders.draw}
      confirm={texts.orders.draw}
      error={draw.error}
      isWaiting={draw.isPending}
      isReady={count !== null && count > 0 && campaign.id !== undefined}
      onClose={onClose}
      onSubmit={submit}
    >
      <CampaignField choice={campaign} />
      <KindFields stock={mine} kind={kind} onChange={setKind} />
      <Count label={texts.howMany} value={count} onChange={setCount} most={Math.min(there, room)} />
      <p className={classes.quiet}>{texts.drawHint(shown(there), shown(room))}</p>
      {mine.length === 0 && <p className={classes.warn}>{texts.stock.none}</p>}
    </OrderForm>
  );
}
