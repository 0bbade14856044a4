import { Button, Group, Modal, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Download, FileCheck, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { span } from "@/ui/times";
import { useTimes } from "@/ui/useTimes";
import { Bars, Reasons } from "./Bars";
import { ConsentFields } from "./ConsentFields";
import { useGiveConsent, useList, useRejects, useUndo } from "./data";
import classes from "./imports.module.css";
import { type Consent, type Import, isWhole, NO_CONSENT, sumOf } from "./rules";
import review from "./review.module.css";

/** What came of it: figures, reasons, the file of rejects, the proof that is missing, and the way back. */
export function Result({ found }: { found: Import }) {
  const texts = useTexts().imports;
  const { count } = useTimes();
  const rejects = useRejects(found.id);
  const list = useList(found.campaign_id, found.list_id);
  const [undoing, undo] = useDisclosure();
  const rejected = sumOf(found.rejected);
  const stopped = found.rows_done < found.rows;
  return (
    <Stack>
      {stopped && <p className={classes.warn}>{texts.stoppedAt(count(found.rows_done), count(found.rows))}</p>}
      <Bars figures={found} />
      <Took found={found} />
      {list.data !== undefined && list.data.without_consent > 0 && <Missing listId={list.data.id} count={list.data.without_consent} />}
      {rejected > 0 && <h3>{texts.byReason}</h3>}
      <Reasons rejected={found.rejected} />
      {rejects.error && <ProblemNotice error={rejects.error} />}
      <Group>
        {rejected > 0 && (
          <Button variant="default" leftSection={<Download size={15} aria-hidden />} loading={rejects.isPending} onClick={() => rejects.mutate()}>
            {texts.takeRejects(count(rejected))}
          </Button>
        )}
        {found.accepted > 0 && (
          <Button variant="subtle" color="red" leftSection={<Undo2 size={15} aria-hidden />} onClick={undo.open}>
            {texts.undo}
          </Button>
        )}
      </Group>
      {undoing && <UndoDialog found={found} onClose={undo.close} />}
    </Stack>
  );
}

function Took({ found }: { found: Import }) {
  const texts = useTexts().imports;
  const { count, moment } = useTimes();
  if (found.began_at === null || found.ended_at === null) return null;
  const seconds = Math.max(1, (Date.parse(found.ended_at) - Date.parse(found.began_at)) / 1000);
  return <p className={classes.quiet}>{texts.took(moment(found.ended_at), span(seconds), count(Math.round(found.rows_per_s ?? 0)))}</p>;
}

/** Numbers that wait for a proof, and where to file it. */
function Missing({ listId, count: waiting }: { listId: string; count: number }) {
  const texts = useTexts().imports;
  const { count } = useTimes();
  const [consent, setConsent] = useState<Consent>(NO_CONSENT);
  const give = useGiveConsent(listId);
  return (
    <form
      className={review.missing}
      onSubmit={(event) => {
        event.preventDefault();
        give.mutate(consent);
      }}
    >
      <strong>{texts.waiting(count(waiting))}</strong>
      <ConsentFields consent={consent} onChange={setConsent} />
      {give.error && <ProblemNotice error={give.error} />}
      <Group justify="flex-end">
        <Button type="submit" leftSection={<FileCheck size={15} aria-hidden />} loading={give.isPending} disabled={!isWhole(consent)}>
          {texts.giveConsent}
        </Button>
      </Group>
    </form>
  );
}

function UndoDialog({ found, onClose }: { found: Import; onClose: () => void }) {
  const { imports: texts, common } = useTexts();
  const { count } = useTimes();
  const undo = useUndo(found.id);
  return (
    <Modal opened onClose={onClose} title={texts.undoTitle(found.list_name)} closeButtonProps={{ "aria-label": common.close }}>
      <Stack>
        <span>{texts.undoText(count(found.accepted))}</span>
        {undo.error && <ProblemNotice error={undo.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button color="red" loading={undo.isPending} onClick={() => undo.mutate(undefined, { onSuccess: onClose })}>
            {texts.undoConfirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
