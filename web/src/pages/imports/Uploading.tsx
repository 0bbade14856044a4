import { Button, Group, Progress, Stack } from "@mantine/core";
import { FileUp } from "lucide-react";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useCancel } from "./data";
import classes from "./imports.module.css";
import { FilePick } from "./NewImport";
import { type Import, sizeOf } from "./rules";
import { send, useUpload } from "./upload";

/** The file on its way; one that was broken off goes on with the same file. */
export function Uploading({ found }: { found: Import }) {
  const texts = useTexts().imports;
  const upload = useUpload(found.id);
  const cancel = useCancel(found.id);
  const sent = Math.max(upload?.sent ?? 0, found.received_bytes);
  const isGoing = upload !== undefined && upload.error === null;
  return (
    <Stack>
      <div role="status">
        <Progress value={(sent / found.size_bytes) * 100} animated={isGoing} size="lg" aria-label={texts.uploadLabel} />
        <p className={classes.quiet}>{texts.uploaded(sizeOf(sent), sizeOf(found.size_bytes))}</p>
      </div>
      {upload?.error && <ProblemNotice error={upload.error} />}
      {!isGoing && <GoOn found={found} sent={sent} />}
      {cancel.error && <ProblemNotice error={cancel.error} />}
      <Group justify="flex-end">
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(undefined)}>
          {texts.giveUp}
        </Button>
      </Group>
    </Stack>
  );
}

function GoOn({ found, sent }: { found: Import; sent: number }) {
  const texts = useTexts().imports;
  const [isOther, setOther] = useState(false);
  const goOn = (file: File) => {
    const isSame = file.size === found.size_bytes;
    setOther(!isSame);
    if (isSame) void send(found.id, file, sent);
  };
  return (
    <FilePick label={texts.goOn} onFile={goOn}>
      <FileUp size={28} aria-hidden />
      <strong>{texts.brokenOff}</strong>
      <span>{texts.brokenOffHint(found.file_name)}</span>
      {isOther && <span className={classes.bad}>{texts.otherSize}</span>}
      <span className={classes.pickButton}>{texts.goOn}</span>
    </FilePick>
  );
}
