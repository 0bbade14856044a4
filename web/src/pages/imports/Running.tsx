import { Button, Group, Progress, Stack } from "@mantine/core";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { span } from "@/ui/times";
import { useTimes } from "@/ui/useTimes";
import { Bars, Reasons } from "./Bars";
import { useCancel } from "./data";
import classes from "./imports.module.css";
import { type Import, leftOf, shareOf } from "./rules";

/** At work: how far, how fast, what came of it until now. */
export function Running({ found }: { found: Import }) {
  const texts = useTexts().imports;
  const cancel = useCancel(found.id);
  const share = shareOf(found);
  const canStop = found.state === "running" || found.state === "waiting" || found.state === "reading";
  return (
    <Stack>
      <div role="status">
        <Progress value={(share ?? 1) * 100} animated size="lg" aria-label={texts.progress} />
        <p className={classes.quiet}>
          <Pace found={found} />
        </p>
      </div>
      {found.state === "running" && <Bars figures={found} />}
      {found.state === "running" && <Reasons rejected={found.rejected} />}
      {cancel.error && <ProblemNotice error={cancel.error} />}
      {canStop && (
        <Group justify="flex-end">
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(undefined)}>
            {found.state === "running" ? texts.stopHere : texts.giveUp}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Pace({ found }: { found: Import }) {
  const texts = useTexts().imports;
  const { count } = useTimes();
  const left = leftOf(found);
  if (found.state !== "running") return texts.doing[found.state === "reading" || found.state === "undoing" ? found.state : "waiting"];
  const pace = texts.done(count(found.rows_done), count(found.rows));
  return left === undefined ? pace : `${pace} · ${texts.speed(count(Math.round(found.rows_per_s ?? 0)))} · ${texts.left(span(left))}`;
}
