import { ActionIcon, Button, Group, Skeleton, TextInput, Tooltip } from "@mantine/core";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useSearchParams } from "react-router";
import { useMe } from "@/api/session";
import { addDays, dayOf, isDay } from "@/days";
import { useTexts } from "@/i18n";
import { PageHead } from "@/ui/PageHead";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Certificate } from "./Certificate";
import classes from "./completeness.module.css";
import { useDay } from "./data";
import { DayIncidents } from "./DayIncidents";
import { Equations } from "./Equations";
import { OpenCalls } from "./OpenCalls";
import { Reasons } from "./Reasons";
import { Strip } from "./Strip";
import { Verdict } from "./Verdict";

/** Whether every answered call of a day has its recording, and if not, why. The day stands in the address. */
export function Component() {
  const texts = useTexts().completeness;
  const { zone } = useMe();
  const [address, setAddress] = useSearchParams();
  const today = dayOf(new Date(), zone);
  const asked = address.get("day");
  const day = isDay(asked) ? asked : today;
  const choose = (chosen: string) => setAddress(chosen === today ? {} : { day: chosen }, { replace: true });
  const { data, error } = useDay(day, today);
  return (
    <div className={classes.page}>
      <PageHead title={texts.title}>
        <DayPicker day={day} today={today} onChange={choose} />
      </PageHead>
      <Strip today={today} chosen={day} onChoose={choose} />
      {error && <ProblemNotice error={error} />}
      {!data && !error && <Skeleton height={240} />}
      {data && (
        <div className={classes.parts} data-day={data.day}>
          <Verdict counted={data} />
          <Equations counted={data} />
          <Reasons counted={data} />
          <DayIncidents counted={data} />
          <OpenCalls counted={data} />
          <Certificate counted={data} today={today} />
        </div>
      )}
    </div>
  );
}

interface PickerProps {
  day: string;
  today: string;
  onChange: (day: string) => void;
}

function DayPicker({ day, today, onChange }: PickerProps) {
  const texts = useTexts().completeness;
  const step = (label: string, days: number, icon: React.ReactNode, disabled = false) => (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="lg" aria-label={label} disabled={disabled} onClick={() => onChange(addDays(day, days))}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
  return (
    <Group gap="xs">
      {step(texts.previous, -1, <ChevronLeft size={18} />)}
      <TextInput
        type="date"
        aria-label={texts.day}
        value={day}
        max={today}
        onChange={({ currentTarget: { value } }) => {
          if (isDay(value)) onChange(value);
        }}
      />
      {step(texts.following, 1, <ChevronRight size={18} />, day >= today)}
      <Button variant="default" disabled={day === today} onClick={() => onChange(today)}>
        {texts.today}
      </Button>
    </Group>
  );
}
