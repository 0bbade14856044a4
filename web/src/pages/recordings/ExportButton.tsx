import { Alert, Button, Group, Modal, Progress as Bar, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { CircleCheck, Download } from "lucide-react";
import { useState } from "react";
import { may } from "@/api/roles";
import { useMe } from "@/api/session";
import { useLanguage, useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useExport, type Progress } from "./exporting";
import { searchOf, type Filters } from "./filters";

type Form = "csv" | "xlsx";

/** Takes the list under these filters away as a file, with a reason; only for who may. */
export function ExportButton({ filters }: { filters: Filters }) {
  const texts = useTexts().search;
  const { roles } = useMe();
  const [opened, { open, close }] = useDisclosure();
  if (!may(roles, "exportLists")) return null;
  return (
    <>
      <Button variant="default" leftSection={<Download size={14} />} onClick={open}>
        {texts.exportIt}
      </Button>
      {opened && <ExportDialog filters={filters} onClose={close} />}
    </>
  );
}

function ExportDialog({ filters, onClose }: { filters: Filters; onClose: () => void }) {
  const { search: texts, common } = useTexts();
  const { language } = useLanguage();
  const { progress, start, stop } = useExport();
  const [form, setForm] = useState<Form>("csv");
  const [why, setWhy] = useState("");
  const isRunning = progress.phase === "waiting" || progress.phase === "taking";
  const leave = () => {
    stop();
    onClose();
  };
  const begin = () => void start({ filters: searchOf(filters), form, lang: language, why: why.trim() });
  return (
    <Modal opened onClose={leave} title={texts.exportTitle} closeButtonProps={{ "aria-label": common.close }}>
      <Stack component="form" gap="md" onSubmit={(event) => { event.preventDefault(); begin(); }}>
        <Text size="sm" c="dimmed">{texts.exportHint}</Text>
        <SegmentedControl
          aria-label={texts.form}
          value={form}
          disabled={isRunning}
          onChange={(chosen) => setForm(chosen === "xlsx" ? "xlsx" : "csv")}
          data={[
            { value: "csv", label: "CSV" },
            { value: "xlsx", label: "Excel (XLSX)" },
          ]}
        />
        <TextInput
          label={texts.why}
          placeholder={texts.whyHint}
          value={why}
          maxLength={100}
          required
          data-autofocus
          disabled={isRunning}
          onChange={(event) => setWhy(event.currentTarget.value)}
        />
        <Told progress={progress} form={form} />
        <Group justify="flex-end">
          <Button variant="default" onClick={leave}>{progress.phase === "done" ? common.close : common.cancel}</Button>
          <Button type="submit" loading={isRunning} disabled={why.trim() === ""}>{texts.begin}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Told({ progress, form }: { progress: Progress; form: Form }) {
  const texts = useTexts().search;
  const { phase, rows, total, error } = progress;
  if (phase === "idle") return null;
  if (phase === "failed" && error) return <ProblemNotice error={error} />;
  if (phase === "done") {
    return (
      <Alert color="green" icon={<CircleCheck />} role="status">
        {texts.done(total)}
      </Alert>
    );
  }
  const isKnown = phase === "taking" && form === "csv" && total > 0;
  const waiting = form === "csv" ? texts.counting : texts.making;
  return (
    <div role="status">
      <Bar value={isKnown ? (rows / total) * 100 : 100} animated={!isKnown} aria-label={texts.progress} />
      <Text size="sm" mt={6}>{isKnown ? texts.taking(rows, total) : waiting}</Text>
    </div>
  );
}
