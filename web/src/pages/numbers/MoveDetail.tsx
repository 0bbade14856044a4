import { Button, Skeleton, Stack, TextInput } from "@mantine/core";
import { Undo2 } from "lucide-react";
import { useState } from "react";
import { may } from "@/api/roles";
import { useMe } from "@/api/session";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimes } from "@/ui/useTimes";
import { useMove, useUndo } from "./data";
import { MoveWay } from "./MovesPanel";
import classes from "./numbers.module.css";
import { canUndo } from "./rules";
import side from "./side.module.css";

/** One move: who ordered it, its numbers and where they are now, and the way back. */
export function MoveDetail({ id }: { id: string }) {
  const texts = useTexts().numbers;
  const me = useMe();
  const { moment, count } = useTimes();
  const { data: move, error } = useMove(id);
  if (error) return <ProblemNotice error={error} />;
  if (!move) return <Skeleton height={200} />;
  return (
    <Stack gap="sm">
      <div>
        <strong>{texts.moves.said(texts.kinds[move.kind], count(move.count))}</strong>
        <MoveWay move={move} />
        <p className={classes.quiet}>
          {moment(move.at)} · {move.by_name ?? texts.moves.program}
          {move.why !== "" && ` · ${move.why}`}
        </p>
      </div>
      {move.reversed_by !== null && <p className={classes.quiet}>{texts.moves.undone}</p>}
      {canUndo(move, me.id, may(me.roles, "settleNumbers")) && <UndoForm id={move.id} movedOn={move.moved_on} />}
      <ul className={side.leads}>
        {move.leads.map((lead) => (
          <li key={lead.lead_id} data-on={lead.moved_on || undefined}>
            <code>{lead.number ?? texts.moves.gone}</code>
            <span>
              {lead.holder === null ? "" : (lead.holder_name ?? texts.holders[lead.holder])}
              {lead.moved_on && ` · ${texts.moves.movedOn}`}
            </span>
          </li>
        ))}
      </ul>
      {move.count > move.leads.length && <p className={classes.quiet}>{texts.moves.first(count(move.leads.length))}</p>}
    </Stack>
  );
}

function UndoForm({ id, movedOn }: { id: string; movedOn: number }) {
  const texts = useTexts().numbers;
  const { count } = useTimes();
  const [why, setWhy] = useState("");
  const undo = useUndo();
  if (movedOn > 0) return <p className={classes.warn}>{texts.moves.cannot(count(movedOn))}</p>;
  return (
    <form
      className={side.undo}
      onSubmit={(event) => {
        event.preventDefault();
        undo.mutate({ ids: [id], why });
      }}
    >
      <TextInput aria-label={texts.moves.why} placeholder={texts.moves.why} maxLength={300} value={why} onChange={({ currentTarget: { value } }) => setWhy(value)} />
      <Button type="submit" variant="default" leftSection={<Undo2 size={15} aria-hidden />} loading={undo.isPending}>
        {texts.undo}
      </Button>
      {undo.error && <ProblemNotice error={undo.error} />}
    </form>
  );
}
