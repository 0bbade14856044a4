import { Drawer } from "@mantine/core";
import { useMe } from "@/api/session";
import { useTexts } from "@/i18n";
import { CampaignForm } from "./CampaignForm";
import { type Campaign, useChange, useCreate } from "./data";
import { changesOf, draftOf, EMPTY, UNCHANGING } from "./form";

/** What is open: a new campaign, a stored one, or nothing. */
export type Editing = Campaign | "new" | null;

interface Props {
  editing: Editing;
  onClose: () => void;
  onMade: () => void;
}

/** A new campaign, or one to be changed. */
export function CampaignDrawer({ editing, onClose, onMade }: Props) {
  const { campaigns: texts, common } = useTexts();
  const isNew = editing === "new";
  return (
    <Drawer
      opened={editing !== null}
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

function NewCampaign({ onClose, onMade }: Omit<Props, "editing">) {
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
