import { ActionIcon, Button, Popover, Tooltip } from "@mantine/core";
import { CircleStop, Pause, Pencil, Play, type LucideIcon } from "lucide-react";
import { useTexts } from "@/i18n";
import { problemText } from "@/i18n/problems";
import classes from "./campaigns.module.css";
import { type Campaign, useOrder } from "./data";
import { type Step, stepsOf } from "./rules";

interface Props {
  campaign: Campaign;
  onEdit: () => void;
  onStop: () => void;
}

const ICONS: Record<Step, LucideIcon> = {
  start: Play,
  resume: Play,
  pause: Pause,
  stop: CircleStop,
  discard: CircleStop,
  cut: CircleStop,
};

/** What may be ordered of a campaign now; a refusal is said where it was ordered. */
export function Actions({ campaign, onEdit, onStop }: Props) {
  const texts = useTexts();
  const order = useOrder();
  const said = order.error === null ? null : problemText(texts, order.error);
  const onStep = (step: Step) => {
    if (step === "start" || step === "resume") order.mutate({ id: campaign.id, order: "start" });
    else if (step === "pause") order.mutate({ id: campaign.id, order: "pause" });
    else onStop();
  };
  return (
    <Popover opened={said !== null} onChange={() => order.reset()} position="bottom-end" width={280} shadow="md" withRoles={false}>
      <Popover.Target>
        <div className={classes.buttons}>
          {stepsOf(campaign.state).map((step) => (
            <StepButton key={step} step={step} name={campaign.name} isWaiting={order.isPending} onStep={onStep} />
          ))}
          <EditButton campaign={campaign} onEdit={onEdit} />
        </div>
      </Popover.Target>
      <Popover.Dropdown role="alert">
        <strong>{said?.title}</strong>
        <div className={classes.quiet}>{said?.hint}</div>
      </Popover.Dropdown>
    </Popover>
  );
}

interface StepProps {
  step: Step;
  name: string;
  isWaiting: boolean;
  onStep: (step: Step) => void;
}

function StepButton({ step, name, isWaiting, onStep }: StepProps) {
  const { campaigns: texts } = useTexts();
  const Icon = ICONS[step];
  const goes = step === "start" || step === "resume";
  return (
    <Button
      size="compact-sm"
      variant={goes ? "filled" : "default"}
      leftSection={<Icon size={14} aria-hidden />}
      loading={isWaiting && (goes || step === "pause")}
      aria-label={`${texts[step]} ${name}`}
      onClick={() => onStep(step)}
    >
      {texts[step]}
    </Button>
  );
}

function EditButton({ campaign, onEdit }: { campaign: Campaign; onEdit: () => void }) {
  const { campaigns: texts } = useTexts();
  if (campaign.state === "stopped") return null;
  return (
    <Tooltip label={texts.edit}>
      <ActionIcon variant="subtle" color="gray" aria-label={`${texts.edit} ${campaign.name}`} onClick={onEdit}>
        <Pencil size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
