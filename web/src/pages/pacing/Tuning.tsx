import { Button, Group, NumberInput, SegmentedControl, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { percent } from "@/ui/times";
import { type Change, type Pacing, useChangePacing, useWhatIf } from "./data";
import classes from "./pacing.module.css";

const MODES = ["predictive", "progressive", "ratio", "manual"] as const;

/** The settings, to be changed with a reason, and tried before. */
export function Tuning({ pacing }: { pacing: Pacing }) {
  const { pacing: texts, campaigns, common } = useTexts();
  const [mode, setMode] = useState(pacing.mode);
  const [limit, setLimit] = useState(Math.round(pacing.abandon_limit * 1000) / 10);
  const [ratio, setRatio] = useState(pacing.lines_per_agent);
  const [most, setMost] = useState<number | null>(pacing.most_lines);
  const [why, setWhy] = useState("");
  const change = useChangePacing(pacing.campaign_id);
  const wanted: Change = { why, mode, abandon_limit: limit / 100, lines_per_agent: ratio, most_lines: most };
  return (
    <form
      className={classes.card}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(wanted, { onSuccess: () => setWhy("") });
      }}
    >
      <h2>{texts.tuning}</h2>
      <SegmentedControl
        fullWidth
        aria-label={campaigns.fields.mode}
        data={MODES.map((each) => ({ value: each, label: campaigns.modes[each] }))}
        value={mode}
        onChange={setMode}
      />
      <p className={classes.quiet}>{campaigns.modeHints[mode]}</p>
      <Group grow align="flex-start">
        <NumberInput label={texts.limit} description={texts.limitHint} value={limit} onChange={(value) => setLimit(Number(value))} min={0} max={3} step={0.1} decimalScale={1} suffix=" %" />
        <NumberInput label={texts.ratio} description={texts.ratioHint} value={ratio} onChange={(value) => setRatio(Number(value))} min={1} max={5} step={0.1} decimalScale={1} disabled={mode !== "ratio"} />
        <NumberInput label={texts.most} description={texts.mostHint} value={most ?? ""} onChange={(value) => setMost(value === "" ? null : Number(value))} min={1} max={10000} allowDecimal={false} />
      </Group>
      <TextInput mt={10} label={texts.why} description={texts.whyHint} value={why} onChange={(event) => setWhy(event.currentTarget.value)} maxLength={100} required />
      {change.error && <ProblemNotice error={change.error} />}
      <Group mt={12}>
        <Button type="submit" loading={change.isPending} disabled={why.trim() === ""}>
          {common.save}
        </Button>
        <Try id={pacing.campaign_id} limit={limit / 100} />
      </Group>
    </form>
  );
}

function Try({ id, limit }: { id: string; limit: number }) {
  const { pacing: texts } = useTexts();
  const tried = useWhatIf(id);
  const found = tried.data?.tried[0];
  return (
    <>
      <Button variant="default" loading={tried.isPending} onClick={() => tried.mutate([limit])}>
        {texts.tryIt(percent(limit))}
      </Button>
      {tried.error && <ProblemNotice error={tried.error} />}
      {found && (
        <p className={classes.tried} role="status">
          {texts.tried(percent(found.abandon_limit), percent(found.utilisation), percent(found.utilisation_error), found.idle_wait_s.toFixed(0), found.idle_wait_more_s)}
        </p>
      )}
    </>
  );
}
