import { useTexts } from "@/i18n";
import { PageHead } from "@/ui/PageHead";

export function Component() {
  return <PageHead title={useTexts().campaigns.title} />;
}
