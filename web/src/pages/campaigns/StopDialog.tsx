import { Button, Group, Modal, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { useTexts, type Texts } from "@/i18n";
import { useFloor } from "@/live/useFloor";
import { ChoiceCard } from "@/ui/ChoiceCard";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { type Campaign, useStop } from "./data";
import { type InAir, inAirOf } from "./rules";

type How = Schemas["How"];

interface Props {
  campaign: Campaign | null;
  opened: boolean;
  onClose: () => void;
}

/** Asks how a campaign is stopped: by drain unless one chooses to cut. */
export function StopDialog({ campaign, opened, onClose }: Props) {
  const { campaigns: texts, common } = useTexts();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={texts.stopTitle(campaign?.name ?? "")}
      size="md"
      closeButtonProps={{ "aria-label": common.close }}
    >
      {campaign && <StopForm campaign={campaign} onClose={onClose} />}
    </Modal>
  );
}

function StopForm({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const { campaigns: texts, common } = useTexts();
  const stop = useStop();
  const isDraft = campaign.state === "draft";
  const [how, setHow] = useState<How>(campaign.state === "draining" ? "cut" : "drain");
  return (
    <Stack>
      <span>{isDraft ? texts.discardText : texts.stopText}</span>
      {!isDraft && <HowChoice campaign={campaign} how={how} onHow={setHow} />}
      {stop.error && <ProblemNotice error={stop.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {common.cancel}
        </Button>
        <Button
          color={how === "cut" || isDraft ? "red" : undefined}
          loading={stop.isPending}
          onClick={() => stop.mutate({ id: campaign.id, how }, { onSuccess: onClose })}
        >
          {confirmText(texts, isDraft, how)}
        </Button>
      </Group>
    </Stack>
  );
}

function confirmText(texts: Texts["campaigns"], isDraft: boolean, how: How): string {
  if (isDraft) return texts.discardConfirm;
  return how === "cut" ? texts.cutConfirm : texts.stopConfirm;
}

interface HowProps {
  campaign: Campaign;
  how: How;
  onHow: (how: How) => void;
}

function HowChoice({ campaign, how, onHow }: HowProps) {
  const { campaigns: texts } = useTexts();
  const inAir = useFloor((floor) => inAirOf(floor.calls, campaign.id));
  return (
    <Radio.Group
      label={texts.how}
      description={inAir && inAirText(texts, inAir)}
      value={how}
      onChange={(value) => onHow(value === "cut" ? "cut" : "drain")}
    >
      <Stack gap="xs" mt={8}>
        {campaign.state !== "draining" && <ChoiceCard value="drain" title={texts.drainTitle} text={texts.drainText} />}
        <ChoiceCard
          value="cut"
          title={texts.cutTitle}
          text={inAir === undefined ? texts.cutTextUnknown : texts.cutText(inAir.all)}
          danger
        />
      </Stack>
    </Radio.Group>
  );
}

function inAirText(texts: Texts["campaigns"], inAir: InAir): string {
  return inAir.all === 0 ? texts.nothingInAir : texts.inAir(inAir.connected, inAir.waiting, inAir.dialing);
}
