import { Button, Group, Pill, SegmentedControl, Select, TextInput } from "@mantine/core";
import { X } from "lucide-react";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { useChoices } from "./data";
import { daysOf, isPhone, pickOf, QUICK_PICKS, type Filters, type QuickPick } from "./filters";
import classes from "./recordings.module.css";

interface Props {
  filters: Filters;
  /** The centre's day. */
  today: string;
  onChange: (filters: Filters) => void;
}

/** What narrows the list. Each change shows at once, and stands in the address. */
export function FilterBar({ filters, today, onChange }: Props) {
  const texts = useTexts().recordings;
  const set = (change: Filters) => onChange({ ...filters, ...change });
  return (
    <Group component="form" role="search" aria-label={texts.filters} className={classes.filters} gap="sm" align="flex-end" onSubmit={(event) => event.preventDefault()}>
      <Choosers filters={filters} set={set} />
      <Days filters={filters} today={today} set={set} />
      <Phone key={filters.phone} phone={filters.phone ?? ""} onChange={(phone) => set({ phone })} />
      {filters.reason !== undefined && <Reason reason={filters.reason} onClear={() => set({ reason: "" })} />}
      {Object.keys(filters).length > 0 && (
        <Button variant="subtle" color="gray" leftSection={<X size={14} />} onClick={() => onChange({})}>
          {texts.clear}
        </Button>
      )}
    </Group>
  );
}

function Reason({ reason, onClear }: { reason: string; onClear: () => void }) {
  const { recordings: texts, common } = useTexts();
  const words = texts.absences[reason] ?? texts.oddities[reason] ?? reason;
  return (
    <Pill size="lg" withRemoveButton onRemove={onClear} removeButtonProps={{ "aria-label": common.close, "aria-hidden": false }}>
      {texts.reasonOnly(words)}
    </Pill>
  );
}

/** Calls with a recording, or those without. */
export function KindSwitch({ filters, onChange }: Omit<Props, "today">) {
  const texts = useTexts().recordings;
  return (
    <SegmentedControl
      aria-label={texts.kind}
      value={filters.status === "absent" ? "absent" : "present"}
      onChange={(status) => onChange({ ...filters, status: status === "absent" ? status : "", reason: "" })}
      data={[
        { value: "present", label: texts.kinds.present },
        { value: "absent", label: texts.kinds.absent },
      ]}
    />
  );
}

interface PartProps {
  filters: Filters;
  set: (change: Filters) => void;
}

function Choosers({ filters, set }: PartProps) {
  const texts = useTexts().recordings;
  const { data } = useChoices();
  const agents = data?.agents.map(({ username, name }) => ({ value: username, label: `${name} (${username})` })) ?? [];
  const campaigns = data?.campaigns.map(({ id, name }) => ({ value: id, label: name })) ?? [];
  return (
    <>
      <Select
        className={classes.chooser}
        label={texts.agent}
        placeholder={texts.agentAny}
        data={withChosen(agents, filters.agent)}
        value={filters.agent ?? null}
        onChange={(agent) => set({ agent: agent ?? "" })}
        nothingFoundMessage={texts.agentNone}
        searchable
        clearable
      />
      <Select
        className={classes.chooser}
        label={texts.campaign}
        placeholder={texts.campaignAny}
        data={withChosen(campaigns, filters.campaign)}
        value={filters.campaign ?? null}
        onChange={(campaign) => set({ campaign: campaign ?? "" })}
        nothingFoundMessage={texts.campaignNone}
        searchable
        clearable
      />
    </>
  );
}

interface Option {
  value: string;
  label: string;
}

/** A link may name somebody who is not among the choices: he is shown as named. */
function withChosen(options: Option[], chosen: string | undefined): Option[] {
  if (chosen === undefined || options.some(({ value }) => value === chosen)) return options;
  return [{ value: chosen, label: chosen }, ...options];
}

function Days({ filters, today, set }: PartProps & { today: string }) {
  const texts = useTexts().recordings;
  const none = filters.from === undefined && filters.to === undefined;
  const choose = (picked: string) =>
    set(picked === "any" ? { from: "", to: "" } : daysOf(picked as QuickPick, today));
  return (
    <>
      <SegmentedControl
        aria-label={texts.days}
        value={none ? "any" : (pickOf(filters, today) ?? "")}
        onChange={choose}
        data={["any" as const, ...QUICK_PICKS].map((value) => ({ value, label: texts.picks[value] }))}
      />
      <TextInput
        type="date"
        label={texts.from}
        max={filters.to}
        value={filters.from ?? ""}
        onChange={(event) => set({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={texts.to}
        min={filters.from}
        value={filters.to ?? ""}
        onChange={(event) => set({ to: event.currentTarget.value })}
      />
    </>
  );
}

function Phone({ phone, onChange }: { phone: string; onChange: (phone: string) => void }) {
  const texts = useTexts().recordings;
  const [typed, setTyped] = useState(phone);
  const good = isPhone(typed);
  const apply = () => {
    if (good && typed !== phone) onChange(typed);
  };
  return (
    <TextInput
      className={classes.phone}
      label={texts.phone}
      placeholder={texts.phoneHint}
      value={typed}
      inputMode="tel"
      error={!good && typed.length > 4 && texts.phoneWrong}
      onChange={(event) => {
        const next = event.currentTarget.value.trim();
        setTyped(next);
        if (next !== phone && (next === "" || /^\d{4}$/.test(next))) onChange(next);
      }}
      onBlur={apply}
      onKeyDown={(event) => {
        if (event.key === "Enter") apply();
      }}
    />
  );
}
