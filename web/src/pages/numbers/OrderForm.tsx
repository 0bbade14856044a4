import { Button, Checkbox, Group, Modal, NumberInput, Select, Stack } from "@mantine/core";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { may } from "@/api/roles";
import { useMe } from "@/api/session";
import { useTexts } from "@/i18n";
import { useCampaigns } from "@/pages/campaigns/data";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./numbers.module.css";
import { COUNT_MAX, type Holding, type Kind, type StockLine, type Team } from "./rules";

interface FormProps {
  title: string;
  confirm: string;
  error: Error | null;
  isWaiting: boolean;
  isReady: boolean;
  onClose: () => void;
  onSubmit: () => void;
  children: ReactNode;
}

/** The frame of an order: its fields, what was refused, and the button that gives it. */
export function OrderForm({ title, confirm, error, isWaiting, isReady, onClose, onSubmit, children }: FormProps) {
  const { common } = useTexts();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (isReady) onSubmit();
  };
  return (
    <Modal opened onClose={onClose} title={title} size="md" closeButtonProps={{ "aria-label": common.close }}>
      <form onSubmit={submit} noValidate>
        <Stack>
          {children}
          {error && <ProblemNotice error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={isWaiting} disabled={!isReady}>
              {confirm}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** In whose name the order is given: one's own, or the leader's whom a supervisor stands in for. */
export function useLeader(team: Team): { leader_id?: string } {
  const me = useMe();
  return me.id !== team.leader_id && may(me.roles, "settleNumbers") ? { leader_id: team.leader_id } : {};
}

interface CountProps {
  label: string;
  value: number | null;
  onChange: (value: number | null) => void;
  /** What there is; more may be asked for, and is then short. */
  most?: number;
  focus?: boolean;
  isOptional?: boolean;
}

const QUICK = [20, 50, 100, 200];

/** How many: typed, or one of the usual ones. */
export function Count({ label, value, onChange, most = COUNT_MAX, focus = true, isOptional = false }: CountProps) {
  const texts = useTexts().numbers;
  const all = Math.min(most, COUNT_MAX);
  return (
    <div>
      <NumberInput
        label={label}
        data-autofocus={focus || undefined}
        min={1}
        max={COUNT_MAX}
        allowDecimal={false}
        clampBehavior="strict"
        placeholder={isOptional ? texts.allOfThem : undefined}
        value={value ?? ""}
        onChange={(typed) => onChange(typed === "" ? null : Number(typed))}
      />
      <div className={classes.quick}>
        {QUICK.filter((n) => n < all).map((n) => (
          <button key={n} type="button" onClick={() => onChange(n)}>
            {n}
          </button>
        ))}
        {all > 0 && !isOptional && (
          <button type="button" onClick={() => onChange(all)}>
            {texts.allOf(all)}
          </button>
        )}
      </div>
    </div>
  );
}

/** The campaign of an order: the only one with numbers is chosen at once. */
export function useCampaignChoice(stock: readonly StockLine[]) {
  const { data } = useCampaigns();
  const [chosen, choose] = useState<string | null>(null);
  const stocked = new Set(stock.map(({ campaign_id }) => campaign_id));
  const campaigns = (data ?? []).filter(({ id }) => stocked.has(id));
  return { campaigns, id: chosen ?? campaigns[0]?.id, choose };
}

export function CampaignField({ choice }: { choice: ReturnType<typeof useCampaignChoice> }) {
  const texts = useTexts().numbers;
  if (choice.campaigns.length < 2) return null;
  return (
    <Select
      label={texts.campaign}
      allowDeselect={false}
      data={choice.campaigns.map(({ id, name }) => ({ value: id, label: name }))}
      value={choice.id ?? null}
      onChange={choice.choose}
    />
  );
}

/** Which numbers: of any list, region and grade, or of those chosen. */
export function KindFields({ stock, kind, onChange }: { stock: readonly StockLine[]; kind: Kind; onChange: (kind: Kind) => void }) {
  const texts = useTexts().numbers.stock;
  const lists = new Map(stock.filter(({ list_id }) => list_id !== null).map((line) => [line.list_id ?? "", line.list_name ?? ""]));
  const regions = [...new Set(stock.map(({ region }) => region))].filter((region) => region !== "");
  const grades = [...new Set(stock.map(({ quality }) => quality))];
  const fields = [
    { name: "list_id", label: texts.bys.list, data: [...lists].map(([value, label]) => ({ value, label })) },
    { name: "region", label: texts.bys.region, data: regions.map((value) => ({ value, label: value })) },
    { name: "quality", label: texts.bys.quality, data: grades.filter((grade) => grade !== "").map((value) => ({ value, label: value })) },
  ] as const;
  return (
    <Group grow align="flex-start">
      {fields.map(({ name, label, data }) => (
        <Select
          key={name}
          label={label}
          placeholder={texts.any}
          clearable
          searchable
          data={[...data]}
          value={kind[name] ?? null}
          onChange={(value) => onChange({ ...kind, [name]: value ?? undefined })}
        />
      ))}
    </Group>
  );
}

/** The agents of an order, each with what he has now. */
export function People({ lines, chosen, onChange }: { lines: readonly Holding[]; chosen: readonly string[]; onChange: (chosen: string[]) => void }) {
  const texts = useTexts().numbers;
  return (
    <fieldset className={classes.choice}>
      <legend>
        {texts.toWhom}
        <button type="button" onClick={() => onChange(chosen.length === lines.length ? [] : lines.map(({ user_id }) => user_id))}>
          {chosen.length === lines.length ? texts.nobody : texts.everybody}
        </button>
      </legend>
      {lines.map((line) => (
        <Checkbox
          key={line.user_id}
          label={`${line.name} · ${line.open}`}
          checked={chosen.includes(line.user_id)}
          onChange={({ currentTarget: { checked } }) => onChange(checked ? [...chosen, line.user_id] : chosen.filter((id) => id !== line.user_id))}
        />
      ))}
    </fieldset>
  );
}

/** Who is meant at first: those chosen on the board, else everybody. */
export function startingPeople(asked: readonly string[] | undefined, lines: readonly Holding[]): string[] {
  const all = lines.map(({ user_id }) => user_id);
  const named = all.filter((id) => asked?.includes(id));
  return named.length > 0 ? named : all;
}
