import { Drawer } from "@mantine/core";
import { useMe } from "@/api/session";
import { useTexts } from "@/i18n";
import { CampaignForm } from "./CampaignForm";
import { type Campaign, useChange, useCreate } from "./data";
import { changesOf, draftOf, EMPTY, UNCHANGING } from "./form";

/** What is open: a new campaign or a stored one. */
export type Editing = Campaign | "new";

interface Props {
  editing: Editing | null;
  opened: boolean;
  onClose: () => void;
  onMade: () => void;
}

/** A new campaign, or one to be changed. */
export function CampaignDrawer({ editing, opened, onClose, onMade }: Props) {
  const { campaigns: texts, common } = useTexts();
  const isNew = editing === "new";
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      size={520}
      title={isNew ? texts.newTitle : texts.editTitle}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {isNew && <NewCampaign onClose={onClose} onMade={onMade} />}
      {editing !== null && !isNew && <StoredCampaign campaign={editing} onClose={onClose} />}
    </Drawer>
  );
}

function NewCampaign({ onClose, onMade }: Omit<Props, "editing" | "opened">) {
  const { campaigns: texts } = useTexts();
  const { zone } = useMe();
  const create = useCreate();
  const made = () => {
    onMade();
    onClose();
  };
  return (
    <CampaignForm
      hint={texts.newHint}
      zone={zone}
      initial={EMPTY}
      confirm={texts.createConfirm}
      error={create.error}
      isWaiting={create.isPending}
      onCancel={onClose}
      onSubmit={(draft) => create.mutate(draft, { onSuccess: made })}
    />
  );
}

function StoredCampaign({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const { campaigns: texts, common } = useTexts();
  const change = useChange(campaign.id);
  return (
    <CampaignForm
      hint={texts.editHint}
      zone={campaign.zone}
      initial={draftOf(campaign)}
      fixed={UNCHANGING}
      confirm={common.save}
      error={change.error}
      isWaiting={change.isPending}
      onCancel={onClose}
      onSubmit={(draft) => {
        const changes = changesOf(campaign, draft);
        if (Object.keys(changes).length === 0) onClose();
        else change.mutate(changes, { onSuccess: onClose });
      }}
    />
  );
}
