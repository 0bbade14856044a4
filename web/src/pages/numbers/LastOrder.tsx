import { ActionIcon, Button } from "@mantine/core";
import { CircleCheck, Info, Undo2, X } from "lucide-react";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useUndo } from "./data";
import classes from "./numbers.module.css";

/** What came of the last order, in words; `moves` can be taken back. */
export interface Ordered {
  id: string;
  text: string;
  short: string | null;
  moves: string[];
}

/** What came of the last order, with the way back. */
export function LastOrder({ ordered, onGone }: { ordered: Ordered; onGone: () => void }) {
  const { numbers: texts, common } = useTexts();
  const undo = useUndo();
  const Icon = ordered.short === null ? CircleCheck : Info;
  return (
    <>
      <div className={classes.told} role="status" data-short={ordered.short !== null || undefined}>
        <Icon size={17} aria-hidden />
        <span>{undo.isSuccess ? texts.undone(ordered.text) : ordered.text}</span>
        {ordered.short !== null && !undo.isSuccess && <span>{ordered.short}</span>}
        {ordered.moves.length > 0 && !undo.isSuccess && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Undo2 size={14} aria-hidden />}
            loading={undo.isPending}
            onClick={() => undo.mutate({ ids: ordered.moves, why: "" })}
          >
            {texts.undo}
          </Button>
        )}
        <ActionIcon className={classes.last} variant="subtle" color="gray" aria-label={common.close} onClick={onGone}>
          <X size={16} />
        </ActionIcon>
      </div>
      {undo.error && <ProblemNotice error={undo.error} />}
    </>
  );
}
