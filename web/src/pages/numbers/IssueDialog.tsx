import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { useTimes } from "@/ui/useTimes";
import { useIssue } from "./data";
import type { OrderProps } from "./Desk";
import classes from "./numbers.module.css";
import { Count, OrderForm, People, startingPeople, useLeader } from "./OrderForm";
import { askedFor } from "./rules";
import { told } from "./told";

/** The leader's numbers to agents: each so many, or so many shared evenly. */
export function IssueDialog({ asking, team, lines, onClose, onDone }: OrderProps) {
  const texts = useTexts().numbers;
  const { count: shown } = useTimes();
  const issue = useIssue();
  const leader = useLeader(team);
  const [people, choose] = useState(() => startingPeople(asking.people, lines.agents));
  const [how, setHow] = useState<"each" | "total">("each");
  const [count, setCount] = useState<number | null>(null);
  const there = lines.leader?.open ?? 0;
  const asked = askedFor(how, count ?? 0, people.length);
  const submit = () =>
    issue.mutate(
      { ...leader, agent_ids: people, [how]: count },
      { onSuccess: (done) => onDone(told(texts, done, texts.issued(done.moved, done.moves.length))) },
    );
  const share = how === "each" ? Math.floor(there / Math.max(1, people.length)) : there;
  return (
    <OrderForm
      title={texts.orders.issue}
      confirm={texts.orders.issue}
      error={issue.error}
      isWaiting={issue.isPending}
      isReady={count !== null && count > 0 && people.length > 0}
      onClose={onClose}
      onSubmit={submit}
    >
      <People lines={lines.agents} chosen={people} onChange={choose} />
      <SegmentedControl
        fullWidth
        aria-label={texts.how}
        value={how}
        data={[
          { value: "each", label: texts.each },
          { value: "total", label: texts.total },
        ]}
        onChange={(value) => setHow(value === "total" ? "total" : "each")}
      />
      <Count label={texts.howMany} value={count} onChange={setCount} most={share} />
      <p className={classes.quiet}>{texts.issueHint(shown(there), shown(asked))}</p>
      {asked > there && <p className={classes.warn}>{texts.issueShort(shown(asked - there))}</p>}
      {lines.agents.length === 0 && <p className={classes.warn}>{texts.board.nobodyHint}</p>}
    </OrderForm>
  );
}
