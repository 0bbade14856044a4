import { Button } from "@mantine/core";
import { ArrowLeft } from "lucide-react";
import { Link, useParams } from "react-router";
import { useMay } from "@/api/session";
import { useLanguage, useTexts } from "@/i18n";
import { useCampaigns } from "@/pages/campaigns/data";
import { PageHead } from "@/ui/PageHead";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { StateChip } from "@/ui/StateChip";
import { useTimes } from "@/ui/useTimes";
import { type Pacing, usePacing, useStats, useWhy } from "./data";
import { Figures } from "./Figures";
import classes from "./pacing.module.css";
import { Plot } from "./Plot";
import { Tuning } from "./Tuning";

/** How one campaign is paced: why now, how it goes, what to change. */
export function Component() {
  const texts = useTexts().pacing;
  const id = useParams().campaignId ?? "";
  const campaign = useCampaigns().data?.find((each) => each.id === id);
  return (
    <div className={classes.page}>
      <PageHead title={campaign === undefined ? texts.title : `${texts.title} · ${campaign.name}`} aside={campaign && <StateChip state={campaign.state} />}>
        <Button component={Link} to="/campaigns" variant="default" leftSection={<ArrowLeft size={16} />}>
          {texts.back}
        </Button>
      </PageHead>
      <Why id={id} />
      <Live id={id} />
      <Plot id={id} />
      <Settings id={id} />
    </div>
  );
}

function Live({ id }: { id: string }) {
  const { data, error } = useStats(id);
  if (error) return <ProblemNotice error={error} />;
  return data === undefined ? null : <Figures stats={data} />;
}

function Settings({ id }: { id: string }) {
  const { data, error } = usePacing(id);
  const tunes = useMay("orderCampaigns");
  if (error) return <ProblemNotice error={error} />;
  if (data === undefined) return null;
  return (
    <>
      {tunes && <Tuning key={data.changes[0]?.id} pacing={data} />}
      <Changes pacing={data} />
    </>
  );
}

function Why({ id }: { id: string }) {
  const texts = useTexts().pacing;
  const { language } = useLanguage();
  const { data } = useWhy(id);
  if (data === undefined) return null;
  const refused = data.answers.filter((answer) => !answer.permits);
  return (
    <section className={classes.card} aria-label={texts.whyNow}>
      <h2>{texts.whyNow}</h2>
      <ul className={classes.causes}>
        {refused.map((answer) => (
          <li key={answer.rule} data-tone="bad">
            {answer.detail}
          </li>
        ))}
        {data.causes.map((cause) => (
          <li key={cause.reason}>{cause[language]}</li>
        ))}
        {refused.length + data.causes.length === 0 && <li>{texts.notRunning}</li>}
      </ul>
    </section>
  );
}

/** A setting's value as it was stored. */
function said(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "–";
}

function Changes({ pacing }: { pacing: Pacing }) {
  const texts = useTexts().pacing;
  const { moment } = useTimes();
  return (
    <section className={classes.card}>
      <h2>{texts.changes}</h2>
      {pacing.changes.length === 0 && <p className={classes.quiet}>{texts.noChanges}</p>}
      <ol className={classes.changes}>
        {pacing.changes.map((change) => (
          <li key={change.id}>
            <time dateTime={change.at}>{moment(change.at)}</time> <strong>{change.name}</strong> {change.why}
            <div className={classes.quiet}>
              {Object.keys(change.after)
                .filter((name) => change.before[name] !== change.after[name])
                .map((name) => `${texts.settings[name] ?? name}: ${said(change.before[name])} → ${said(change.after[name])}`)
                .join(" · ")}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
