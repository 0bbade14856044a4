import { Badge, Button, Group, Pill, Popover, SegmentedControl, Select, SimpleGrid, TextInput } from "@mantine/core";
import { ListFilter, X } from "lucide-react";
import { useMemo, useRef, useState, type RefObject } from "react";
import { useTexts } from "@/i18n";
import { useChoices } from "./data";
import { chipsOf, daysOf, isPhone, listOf, pickOf, QUICK_PICKS, type ChipName, type Filters, type QuickPick } from "./filters";
import classes from "./recordings.module.css";
import { useKeys } from "./useKeys";

interface Props {
  filters: Filters;
  /** The centre's day. */
  today: string;
  onChange: (filters: Filters) => void;
}

/** What narrows the list: what is used most at hand, the rest one click away, what is set as chips. It stands in the address. */
export function FilterBar({ filters, today, onChange }: Props) {
  const texts = useTexts().recordings;
  const first = useRef<HTMLInputElement>(null);
  useKeys(useMemo(() => ({ "/": () => first.current?.focus() }), []));
  const set = (change: Filters) => onChange({ ...filters, ...change });
  return (
    <form role="search" aria-label={texts.filters} className={classes.filters} onSubmit={(event) => event.preventDefault()}>
      <Group gap="xs">
        <Choosers first={first} filters={filters} set={set} />
        <Phone key={filters.phone} phone={filters.phone ?? ""} onChange={(phone) => set({ phone })} />
        <QuickDays filters={filters} today={today} set={set} />
        <More filters={filters} set={set} />
      </Group>
      <Chips filters={filters} set={set} onClear={() => onChange({})} />
    </form>
  );
}

/** What is set, each removable; and all of it at once. */
function Chips({ filters, set, onClear }: PartProps & { onClear: () => void }) {
  const texts = useTexts();
  const said = useSaid();
  if (Object.keys(filters).length === 0) return null;
  return (
    <Group gap={6} mt={8} role="group" aria-label={texts.search.set}>
      {chipsOf(filters).map(([name, value]) => {
        const words = texts.search.chips[name](said(name, value));
        return (
          <Pill
            key={name}
            size="md"
            withRemoveButton
            onRemove={() => set({ [name]: "" })}
            removeButtonProps={{ "aria-label": texts.search.remove(words), "aria-hidden": false, tabIndex: 0 }}
          >
            {words}
          </Pill>
        );
      })}
      <Button variant="subtle" color="gray" size="compact-sm" leftSection={<X size={14} />} onClick={onClear}>
        {texts.recordings.clear}
      </Button>
    </Group>
  );
}

/** A filter's value in words: a person's name for his user name, what a code means. */
function useSaid(): (name: ChipName, value: string) => string {
  const { search, recordings } = useTexts();
  const { data } = useChoices();
  const words: Partial<Record<ChipName, Record<string, string>>> = {
    agent: Object.fromEntries(data?.agents.map(({ username, name }) => [username, name]) ?? []),
    campaign: Object.fromEntries(data?.campaigns.map(({ id, name }) => [id, name]) ?? []),
    disposition: search.dispositions,
    problem: search.problems,
    reason: { ...recordings.absences, ...recordings.oddities },
  };
  return (name, value) => words[name]?.[value] ?? value;
}

/** Calls with a recording, those without, or those that somebody should look at. */
export function KindSwitch({ filters, onChange }: Pick<Props, "filters" | "onChange">) {
  const { recordings: texts, search } = useTexts();
  const choose = (kind: string) =>
    onChange({
      ...filters,
      status: kind === "absent" ? "absent" : "",
      problem: kind === "problem" ? "any" : "",
      reason: "",
    });
  return (
    <SegmentedControl
      aria-label={texts.kind}
      value={listOf(filters)}
      onChange={choose}
      data={[
        { value: "present", label: texts.kinds.present },
        { value: "absent", label: texts.kinds.absent },
        { value: "problem", label: search.kindProblem },
      ]}
    />
  );
}

interface PartProps {
  filters: Filters;
  set: (change: Filters) => void;
}

function Choosers({ filters, set, first }: PartProps & { first: RefObject<HTMLInputElement | null> }) {
  const { recordings: texts, search } = useTexts();
  const { data } = useChoices();
  const agents = data?.agents.map(({ username, name }) => ({ value: username, label: `${name} (${username})` })) ?? [];
  const campaigns = data?.campaigns.map(({ id, name }) => ({ value: id, label: name })) ?? [];
  return (
    <>
      <Select
        ref={first}
        className={classes.chooser}
        aria-label={texts.agent}
        placeholder={`${texts.agent} (${search.focusHint})`}
        data={withChosen(agents, filters.agent)}
        value={filters.agent ?? null}
        onChange={(agent) => set({ agent: agent ?? "" })}
        nothingFoundMessage={texts.agentNone}
        searchable
        clearable
      />
      <Select
        className={classes.chooser}
        aria-label={texts.campaign}
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

function QuickDays({ filters, today, set }: PartProps & { today: string }) {
  const texts = useTexts().recordings;
  const none = filters.from === undefined && filters.to === undefined;
  const choose = (picked: string) =>
    set(picked === "any" ? { from: "", to: "" } : daysOf(picked as QuickPick, today));
  return (
    <SegmentedControl
      aria-label={texts.days}
      value={none ? "any" : (pickOf(filters, today) ?? "")}
      onChange={choose}
      data={["any" as const, ...QUICK_PICKS].map((value) => ({ value, label: texts.picks[value] }))}
    />
  );
}

const REST = ["region", "disposition", "min_s", "max_s", "problem", "reason"] as const;

/** The filters that are used less. */
function More(props: PartProps) {
  const { search } = useTexts();
  const chosen = REST.filter((name) => props.filters[name]).length;
  return (
    <Popover position="bottom-start" shadow="md" width={360} trapFocus withinPortal>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<ListFilter size={14} />}
          rightSection={chosen > 0 && <Badge size="sm" circle aria-hidden>{chosen}</Badge>}
          aria-label={chosen > 0 ? search.moreOf(chosen) : search.more}
        >
          {search.more}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <SimpleGrid cols={2} spacing="sm" verticalSpacing="sm">
          <ExactDays {...props} />
          <Others {...props} />
          <Length name="min_s" label={search.minLength} {...props} />
          <Length name="max_s" label={search.maxLength} {...props} />
        </SimpleGrid>
      </Popover.Dropdown>
    </Popover>
  );
}

function ExactDays({ filters, set }: PartProps) {
  const texts = useTexts().recordings;
  return (
    <>
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

function Others({ filters, set }: PartProps) {
  const { search } = useTexts();
  const { data } = useChoices();
  const regions = data?.regions.map((value) => ({ value, label: value })) ?? [];
  const inside = { comboboxProps: { withinPortal: false }, clearable: true };
  return (
    <>
      <Select
        {...inside}
        label={search.region}
        placeholder={search.regionAny}
        data={withChosen(regions, filters.region)}
        value={filters.region ?? null}
        onChange={(region) => set({ region: region ?? "" })}
        nothingFoundMessage={search.regionNone}
        searchable
      />
      <Select
        {...inside}
        label={search.disposition}
        placeholder={search.dispositionAny}
        data={optionsOf(search.dispositions)}
        value={filters.disposition ?? null}
        onChange={(disposition) => set({ disposition: disposition ?? "" })}
      />
      <Select
        {...inside}
        label={search.problem}
        placeholder={search.problemAny}
        data={optionsOf(search.problems)}
        value={filters.problem ?? null}
        onChange={(problem) => set({ problem: problem ?? "", status: "", reason: "" })}
      />
      <span />
    </>
  );
}

function optionsOf(words: Record<string, string>): Option[] {
  return Object.entries(words).map(([value, label]) => ({ value, label }));
}

/** Seconds; they hold when one leaves the field or presses Enter. */
function Length({ name, label, filters, set }: PartProps & { name: "min_s" | "max_s"; label: string }) {
  const [typed, setTyped] = useState(filters[name] ?? "");
  const apply = () => {
    if (typed !== (filters[name] ?? "")) set({ [name]: typed });
  };
  return (
    <TextInput
      label={label}
      value={typed}
      inputMode="numeric"
      maxLength={5}
      onChange={(event) => setTyped(event.currentTarget.value.replace(/\D/g, ""))}
      onBlur={apply}
      onKeyDown={(event) => {
        if (event.key === "Enter") apply();
      }}
    />
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
      aria-label={texts.phone}
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
