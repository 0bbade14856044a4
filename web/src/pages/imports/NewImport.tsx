import { Autocomplete, Button, Group, Select, Stack, Switch, TextInput } from "@mantine/core";
import { FileSpreadsheet, FileUp, X } from "lucide-react";
import { useState, type SyntheticEvent } from "react";
import { useTexts } from "@/i18n";
import { useCampaigns } from "@/pages/campaigns/data";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useCreate } from "./data";
import classes from "./imports.module.css";
import { type Import, nameOf, sizeOf } from "./rules";
import { send } from "./upload";

interface Props {
  file: File | null;
  onFile: (file: File | null) => void;
  earlier: readonly Import[];
  onMade: (id: string) => void;
}

/** A file is chosen, and told where its numbers go; then it is on its way. */
export function NewImport({ file, onFile, earlier, onMade }: Props) {
  const texts = useTexts().imports;
  return (
    <section className={classes.detail} aria-label={texts.create}>
      {file === null ? (
        <DropZone onFile={onFile} />
      ) : (
        <Where key={`${file.name} ${file.lastModified}`} file={file} earlier={earlier} onBack={() => onFile(null)} onMade={onMade} />
      )}
    </section>
  );
}

function DropZone({ onFile }: { onFile: (file: File) => void }) {
  const texts = useTexts().imports;
  return (
    <>
      <FilePick label={texts.choose} onFile={onFile}>
        <FileUp size={36} aria-hidden />
        <strong>{texts.dropTitle}</strong>
        <span>{texts.dropHint}</span>
        <span className={classes.pickButton}>{texts.choose}</span>
      </FilePick>
      <ol className={classes.steps}>
        {texts.steps.map(({ title, hint }) => (
          <li key={title}>
            <strong>{title}</strong>
            <span>{hint}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** A field for a file that one clicks, or drops onto. */
export function FilePick({ label, onFile, children }: { label: string; onFile: (file: File) => void; children: React.ReactNode }) {
  return (
    <label className={classes.pick}>
      <input
        type="file"
        className="visually-hidden"
        aria-label={label}
        accept=".csv,.txt,.xlsx,.xls"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = ""; // the same file can be chosen again
          if (file !== undefined) onFile(file);
        }}
      />
      {children}
    </label>
  );
}

function Where({ file, earlier, onBack, onMade }: { file: File; earlier: readonly Import[]; onBack: () => void; onMade: (id: string) => void }) {
  const { imports: texts, common } = useTexts();
  const create = useCreate();
  const where = useWhere(file);
  const { campaign, name, region, isAllowed } = where;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (campaign === undefined) return;
    const about = { campaign_id: campaign.id, list_name: name.trim(), region: region.trim(), file_name: file.name.slice(-100) };
    create.mutate(
      { ...about, size_bytes: file.size, across: isAllowed ? "allow" : "reject", consent: { source: "", basis: "", proof: "" } },
      {
        onSuccess: ({ id }) => {
          void send(id, file, 0);
          onMade(id);
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <FileLine file={file} onBack={onBack} />
        {file.size === 0 && <p className={classes.bad}>{texts.why.empty_file.title}</p>}
        <Fields where={where} regions={[...new Set(earlier.map((each) => each.region))]} />
        {create.error && <ProblemNotice error={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onBack}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={campaign === undefined || name.trim() === "" || region.trim() === "" || file.size === 0}>
            {texts.send}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Where the numbers go; what was not typed follows from the file and the campaign. */
function useWhere(file: File) {
  const { data: all, error } = useCampaigns();
  const campaigns = (all ?? []).filter(({ state }) => state !== "stopped");
  const [chosen, choose] = useState<string | null>(null);
  const campaign = campaigns.find(({ id }) => id === chosen) ?? (campaigns.length === 1 ? campaigns[0] : undefined);
  const [typedName, setName] = useState<string | null>(null);
  const [typedRegion, setRegion] = useState<string | null>(null);
  const [isAllowed, allow] = useState(false);
  const name = typedName ?? nameOf(file.name);
  const region = typedRegion ?? campaign?.region ?? "";
  const hasNone = all !== undefined && campaigns.length === 0;
  return { campaigns, campaign, choose, name, setName, region, setRegion, isAllowed, allow, error, hasNone };
}

function Fields({ where, regions }: { where: ReturnType<typeof useWhere>; regions: string[] }) {
  const texts = useTexts().imports;
  const { campaigns, campaign, choose, name, setName, region, setRegion, isAllowed, allow, error, hasNone } = where;
  return (
    <>
      {error && <ProblemNotice error={error} />}
      <Select
        label={texts.campaign}
        description={texts.campaignHint}
        placeholder={texts.campaignPick}
        error={hasNone && texts.noCampaign}
        required
        searchable
        data={campaigns.map(({ id, name: label }) => ({ value: id, label }))}
        value={campaign?.id ?? null}
        onChange={choose}
      />
      <Group grow align="flex-start">
        <TextInput label={texts.listName} description={texts.listHint} required maxLength={100} value={name} onChange={({ currentTarget: { value } }) => setName(value)} />
        <Autocomplete label={texts.region} description={texts.regionHint} required maxLength={100} data={regions} value={region} onChange={setRegion} />
      </Group>
      <Switch label={texts.across} description={texts.acrossHint} checked={isAllowed} onChange={({ currentTarget: { checked } }) => allow(checked)} />
    </>
  );
}

function FileLine({ file, onBack }: { file: File; onBack: () => void }) {
  const texts = useTexts().imports;
  return (
    <div className={classes.file}>
      <FileSpreadsheet size={28} aria-hidden />
      <div>
        <h2>{file.name}</h2>
        <span className={classes.quiet}>{sizeOf(file.size)}</span>
      </div>
      <Button variant="subtle" color="gray" leftSection={<X size={15} aria-hidden />} onClick={onBack}>
        {texts.otherFile}
      </Button>
    </div>
  );
}
