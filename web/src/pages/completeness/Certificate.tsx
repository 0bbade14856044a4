import { Button, Group } from "@mantine/core";
import { FileBadge, FileJson } from "lucide-react";
import { useTexts } from "@/i18n";
import classes from "./completeness.module.css";
import type { Completeness } from "./data";

/** The day's signed certificate, to be kept elsewhere. */
export function Certificate({ counted, today }: { counted: Completeness; today: string }) {
  const texts = useTexts().completeness;
  const href = (format: string) => `/api/v1/completeness/certificate?day=${counted.day}&format=${format}`;
  return (
    <section className={classes.card}>
      <h2>{texts.certificate}</h2>
      <p className={classes.hint}>{counted.day < today ? texts.certificateKept : texts.certificateNow}</p>
      <Group mt={10}>
        <Button component="a" href={href("pdf")} download variant="default" leftSection={<FileBadge size={16} />}>
          {texts.certificatePdf}
        </Button>
        <Button component="a" href={href("json")} download variant="default" leftSection={<FileJson size={16} />}>
          {texts.certificateJson}
        </Button>
      </Group>
    </section>
  );
}
