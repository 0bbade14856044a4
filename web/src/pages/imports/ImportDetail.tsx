import { Button, Skeleton } from "@mantine/core";
import { FileQuestion, FileX, Undo2 } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Problem } from "@/api/problem";
import { useTexts } from "@/i18n";
import { Empty } from "@/ui/Empty";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimes } from "@/ui/useTimes";
import { useImport } from "./data";
import { StateChip } from "./ImportList";
import classes from "./imports.module.css";
import { Mapping } from "./Mapping";
import { Result } from "./Result";
import type { Import } from "./rules";
import { Running } from "./Running";
import { Uploading } from "./Uploading";

/** One import, at the step where it is. */
export function ImportDetail({ id }: { id: string }) {
  const texts = useTexts().imports;
  const { data: found, error } = useImport(id);
  if (error instanceof Problem && error.status === 404)
    return (
      <section className={classes.detail}>
        <Empty icon={FileQuestion} title={texts.unknown} hint={texts.unknownHint} />
      </section>
    );
  if (error && !found) return <ProblemNotice error={error} />;
  if (!found) return <Skeleton height={320} />;
  const Step = STEPS[found.state];
  return (
    <section className={classes.detail} aria-label={found.list_name} data-state={found.state}>
      <Head found={found} />
      <Step key={found.state} found={found} />
    </section>
  );
}

function Head({ found }: { found: Import }) {
  const texts = useTexts().imports;
  const { count, moment } = useTimes();
  const facts = [found.region, found.campaign_name, texts.sent(moment(found.created_at))];
  if (found.rows > 0) facts.splice(2, 0, texts.rows(count(found.rows)));
  if (found.encoding !== null && found.state === "ready") facts.push(texts.encoding(found.encoding));
  return (
    <header className={classes.detailHead}>
      <div>
        <h2>{found.list_name}</h2>
        <p className={classes.quiet}>
          {found.list_name === found.file_name ? "" : `${found.file_name} · `}
          {facts.join(" · ")}
        </p>
      </div>
      <StateChip state={found.state} />
    </header>
  );
}

type Panel = (props: { found: Import }) => ReactNode;

const STEPS: Record<Import["state"], Panel> = {
  uploading: Uploading,
  reading: Running,
  ready: Mapping,
  waiting: Running,
  running: Running,
  undoing: Running,
  done: Result,
  failed: Over,
  cancelled: Over,
  undone: Over,
};

/** Why nothing of it is there, and what to do. */
function Over({ found }: { found: Import }) {
  const texts = useTexts().imports;
  const { count } = useTimes();
  if (found.state === "undone") {
    const hint = found.kept ? texts.undoneKept(count(found.kept)) : texts.undoneHint;
    return <Empty icon={Undo2} title={texts.undoneTitle} hint={hint} />;
  }
  const said = found.state === "cancelled" ? texts.cancelledSaid : texts.why[found.why ?? "file_lost"];
  return (
    <Empty icon={FileX} {...said}>
      <Button component={Link} to="/numbers/imports" variant="light">
        {texts.again}
      </Button>
    </Empty>
  );
}
