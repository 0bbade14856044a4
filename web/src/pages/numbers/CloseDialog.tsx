import { Switch } from "@mantine/core";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { useTimes } from "@/ui/useTimes";
import { useCloseShift, useDifferences } from "./data";
import type { OrderProps } from "./Desk";
import { DifferenceList } from "./Differences";
import classes from "./numbers.module.css";
import { OrderForm, useLeader } from "./OrderForm";
import { sumOf } from "./rules";
import { ShiftTable } from "./ShiftsPanel";

/** The close of a shift: everybody's sums, what is open, and what is missing, which closes nothing. */
export function CloseDialog({ team, lines, onClose, onDone }: OrderProps) {
  const texts = useTexts().numbers;
  const { count } = useTimes();
  const close = useCloseShift();
  const leader = useLeader(team);
  const differences = useDifferences().data ?? [];
  const [giveBack, setGiveBack] = useState(true);
  const [leaveOpen, setLeaveOpen] = useState(false);
  const all = [...(lines.leader ? [lines.leader] : []), ...lines.agents];
  const { open, difference } = sumOf(all);
  const isMissing = difference !== 0 || differences.length > 0;
  const submit = () =>
    close.mutate(
      { ...leader, holder: "leader", give_back: giveBack, leave_open: leaveOpen },
      { onSuccess: ({ request_id, shifts }) => onDone({ id: request_id, text: texts.closed(shifts.length), short: null, moves: [] }) },
    );
  return (
    <OrderForm
      title={texts.orders.close}
      confirm={texts.orders.close}
      error={close.error}
      isWaiting={close.isPending}
      isReady={!isMissing}
      onClose={onClose}
      onSubmit={submit}
    >
      <ShiftTable shifts={all} />
      {isMissing ? (
        <div role="alert" className={classes.missing}>
          <strong>{texts.differences.blocks}</strong>
          <DifferenceList found={differences} />
        </div>
      ) : (
        <>
          <p className={classes.good}>
            <CircleCheck size={16} aria-hidden /> {texts.balanced}
          </p>
          <Switch label={texts.giveBack} description={texts.giveBackHint} checked={giveBack} onChange={({ currentTarget: { checked } }) => setGiveBack(checked)} />
          <Switch label={texts.leaveOpen} description={texts.leaveOpenHint} checked={leaveOpen} onChange={({ currentTarget: { checked } }) => setLeaveOpen(checked)} />
          {open > 0 && <p className={classes.quiet}>{texts.openNow(count(open))}</p>}
        </>
      )}
    </OrderForm>
  );
}
