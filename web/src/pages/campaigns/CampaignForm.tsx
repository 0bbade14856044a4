import { Button, Group, NumberInput, SegmentedControl, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { Problem } from "@/api/problem";
import { useTexts, type Texts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./campaigns.module.css";
import { type Complaint, complaintsOf, type Draft, type Field, type NumberField, RANGES } from "./form";

interface Props {
  hint: string;
  zone: string;
  initial: Draft;
  /** Fields that cannot be changed any more. */
  fixed?: readonly Field[];
  confirm: string;
  error: Error | null;
  isWaiting: boolean;
  onCancel: () => void;
  onSubmit: (draft: Draft) => void;
}

interface Control {
  draft: Draft;
  fixed: readonly Field[];
  errorOf: (field: Field) => string | undefined;
  set: <K extends Field>(field: K, value: Draft[K]) => void;
}

const NONE: readonly Field[] = [];

/** All that a campaign is; what the api refuses is said at its field. */
export function CampaignForm({ hint, zone, initial, fixed = NONE, confirm, error, isWaiting, onCancel, onSubmit }: Props) {
  const { campaigns: texts, common } = useTexts();
  const [draft, setDraft] = useState(initial);
  const complaints = error instanceof Problem ? complaintsOf(error) : {};
  const control: Control = {
    draft,
    fixed,
    errorOf: (field) => complaintText(texts, complaints[field]),
    set: (field, value) => setDraft((now) => ({ ...now, [field]: value })),
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onSubmit(draft);
  };
  return (
    <form onSubmit={submit} noValidate className={classes.form}>
      <p className={classes.quiet}>{hint}</p>
      {error && Object.keys(complaints).length === 0 && <ProblemNotice error={error} />}
      <What control={control} />
      <How control={control} />
      <When control={control} zone={zone} />
      <Limits control={control} />
      <Group justify="flex-end" className={classes.formEnd}>
        <Button variant="default" onClick={onCancel}>
          {common.cancel}
        </Button>
        <Button type="submit" loading={isWaiting}>
          {confirm}
        </Button>
      </Group>
    </form>
  );
}

function complaintText(texts: Texts["campaigns"], complaint: Complaint | undefined): string | undefined {
  if (complaint === undefined) return undefined;
  const known: Partial<Record<string, string>> = texts.errors;
  return known[complaint.code] ?? complaint.message;
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={classes.section}>
      <legend>{title}</legend>
      <Stack gap="sm">{children}</Stack>
    </fieldset>
  );
}

function What({ control }: { control: Control }) {
  const { campaigns: texts } = useTexts();
  const { draft, set } = control;
  return (
    <Section title={texts.sections.what}>
      <Line control={control} field="name" focus />
      <Group grow align="flex-start">
        <Line control={control} field="product" />
        <Line control={control} field="region" />
      </Group>
      <Textarea
        label={texts.fields.script}
        autosize
        minRows={3}
        maxRows={10}
        value={draft.script}
        error={control.errorOf("script")}
        onChange={({ currentTarget: { value } }) => set("script", value)}
      />
    </Section>
  );
}

const MODES = ["predictive", "progressive", "ratio", "manual"] as const;

function How({ control }: { control: Control }) {
  const { campaigns: texts } = useTexts();
  const { draft, fixed, set } = control;
  return (
    <Section title={texts.sections.how}>
      <div>
        <SegmentedControl
          fullWidth
          aria-label={texts.fields.mode}
          disabled={fixed.includes("mode")}
          data={MODES.map((mode) => ({ value: mode, label: texts.modes[mode] }))}
          value={draft.mode}
          onChange={(value) => set("mode", value)}
        />
        <p className={classes.quiet}>{texts.modeHints[draft.mode]}</p>
      </div>
      <Group grow align="flex-start">
        <Line control={control} field="caller_id" hint={texts.hints.caller_id} />
        <Line control={control} field="trunk" hint={texts.hints.trunk} />
      </Group>
    </Section>
  );
}

function When({ control, zone }: { control: Control; zone: string }) {
  const { campaigns: texts } = useTexts();
  return (
    <Section title={texts.sections.when}>
      <Group grow align="flex-start">
        <Hour control={control} field="opens_at" />
        <Hour control={control} field="closes_at" />
        <Count control={control} field="closing_margin_s" />
      </Group>
      <p className={classes.quiet}>
        {texts.hints.hours(zone)} · {texts.hints.closing_margin_s}
      </p>
    </Section>
  );
}

function Limits({ control }: { control: Control }) {
  const { campaigns: texts } = useTexts();
  const { draft, set } = control;
  return (
    <Section title={texts.sections.limits}>
      <Group grow align="flex-start">
        <Count control={control} field="priority" hint={texts.hints.priority} />
        <Count control={control} field="ring_s" hint={texts.hints.ring_s} />
      </Group>
      <Group grow align="flex-start">
        <Count control={control} field="max_attempts" />
        <Count control={control} field="retry_after_s" />
        <Count control={control} field="wrap_up_s" />
      </Group>
      <Count control={control} field="fresh_pct" hint={texts.hints.fresh_pct} />
      <Switch
        label={texts.fields.disposition_required}
        description={texts.hints.disposition_required}
        checked={draft.disposition_required}
        onChange={({ currentTarget: { checked } }) => set("disposition_required", checked)}
      />
      <Switch
        label={texts.fields.issued_only}
        description={texts.hints.issued_only}
        checked={draft.issued_only}
        onChange={({ currentTarget: { checked } }) => set("issued_only", checked)}
      />
    </Section>
  );
}

type LineField = "name" | "product" | "region" | "caller_id" | "trunk";

function Line({ control, field, hint, focus }: { control: Control; field: LineField; hint?: string; focus?: boolean }) {
  const { campaigns: texts } = useTexts();
  return (
    <TextInput
      label={texts.fields[field]}
      description={hint}
      inputWrapperOrder={["label", "input", "description", "error"]}
      withAsterisk={!control.fixed.includes(field)}
      disabled={control.fixed.includes(field)}
      data-autofocus={focus}
      maxLength={100}
      value={control.draft[field]}
      error={control.errorOf(field)}
      onChange={({ currentTarget: { value } }) => control.set(field, value)}
    />
  );
}

function Hour({ control, field }: { control: Control; field: "opens_at" | "closes_at" }) {
  const { campaigns: texts } = useTexts();
  return (
    <TextInput
      type="time"
      label={texts.fields[field]}
      value={control.draft[field].slice(0, 5)}
      error={control.errorOf(field)}
      onChange={({ currentTarget: { value } }) => control.set(field, value === "" ? value : `${value}:00`)}
    />
  );
}

/** A number; shown in its unit, kept in seconds. Nothing typed becomes NaN, which the api refuses as no number. */
function Count({ control, field, hint }: { control: Control; field: NumberField; hint?: string }) {
  const { campaigns: texts } = useTexts();
  const { unit, min, max } = RANGES[field];
  const factor = unit === "minutes" ? 60 : 1;
  const value = control.draft[field] / factor;
  return (
    <NumberInput
      label={texts.fields[field]}
      description={hint}
      inputWrapperOrder={["label", "input", "description", "error"]}
      suffix={unit === null ? undefined : texts.units[unit]}
      min={min}
      max={max}
      allowDecimal={factor > 1}
      value={Number.isNaN(value) ? "" : value}
      error={control.errorOf(field)}
      onChange={(typed) => control.set(field, typed === "" ? Number.NaN : Math.round(Number(typed) * factor))}
    />
  );
}
