import { Alert } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import { problemText } from "@/i18n/problems";
import { useTexts } from "@/i18n";

/** What went wrong and what to do about it, in the chosen language. */
export function ProblemNotice({ error, title }: { error: Error; title?: string }) {
  const said = problemText(useTexts(), error);
  return (
    <Alert color="red" variant="light" icon={<CircleAlert aria-hidden />} title={title ?? said.title} role="alert">
      {title === undefined ? said.hint : `${said.title} ${said.hint}`}
    </Alert>
  );
}
