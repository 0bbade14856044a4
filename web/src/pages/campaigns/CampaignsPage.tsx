/** Campaigns: what is dialed, how it goes, and the orders to start, pause and stop. */
import { Button, Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Megaphone, Plus } from "lucide-react";
import { useState } from "react";
import { useMay } from "@/api/session";
import { useTexts } from "@/i18n";
import { Empty } from "@/ui/Empty";
import { PageHead } from "@/ui/PageHead";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { CampaignDrawer, type Editing } from "./CampaignDrawer";
import { CampaignTable } from "./CampaignTable";
import classes from "./campaigns.module.css";
import { type Campaign, useCampaigns } from "./data";
import { inView, type View, VIEWS } from "./rules";
import { StopDialog } from "./StopDialog";

export function Component() {
  const { campaigns: texts } = useTexts();
  const makes = useMay("makeCampaigns");
  const { data, error } = useCampaigns();
  const [view, setView] = useState<View>("work");
  const [editing, edit, isEditing, endEditing] = useSubject<Editing>();
  const [stopping, stop, isStopping, endStopping] = useSubject<Campaign>();
  return (
    <>
      <PageHead title={texts.title}>
        {makes && (
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => edit("new")}>
            {texts.create}
          </Button>
        )}
      </PageHead>
      <Views campaigns={data ?? []} view={view} onView={setView} />
      {error && <ProblemNotice error={error} />}
      {!data && !error && <Skeleton height={220} radius="md" />}
      {data && <List campaigns={inView(data, view)} view={view} onEdit={edit} onStop={stop} />}
      <CampaignDrawer editing={editing} opened={isEditing} onClose={endEditing} onMade={() => setView("draft")} />
      <StopDialog campaign={stopping} opened={isStopping} onClose={endStopping} />
    </>
  );
}

/** What a dialog is about; it stays while the dialog closes. */
function useSubject<T>(): [T | null, (subject: T) => void, boolean, () => void] {
  const [subject, setSubject] = useState<T | null>(null);
  const [opened, { open, close }] = useDisclosure();
  const ask = (asked: T) => {
    setSubject(asked);
    open();
  };
  return [subject, ask, opened, close];
}

interface ViewsProps {
  campaigns: readonly Campaign[];
  view: View;
  onView: (view: View) => void;
}

function Views({ campaigns, view, onView }: ViewsProps) {
  const { campaigns: texts } = useTexts();
  return (
    <div className={classes.views} role="group" aria-label={texts.viewsLabel}>
      {VIEWS.map((name) => (
        <button key={name} type="button" aria-pressed={name === view} onClick={() => onView(name)}>
          {texts.views[name]} <span className={classes.viewCount}>{inView(campaigns, name).length}</span>
        </button>
      ))}
    </div>
  );
}

interface ListProps {
  campaigns: readonly Campaign[];
  view: View;
  onEdit: (campaign: Campaign) => void;
  onStop: (campaign: Campaign) => void;
}

function List({ campaigns, view, onEdit, onStop }: ListProps) {
  const { campaigns: texts } = useTexts();
  if (campaigns.length > 0) return <CampaignTable campaigns={campaigns} onEdit={onEdit} onStop={onStop} />;
  return (
    <div className={classes.panel}>
      <Empty icon={Megaphone} {...texts.empty[view]} />
    </div>
  );
}
