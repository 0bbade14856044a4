/** Pages that say why there is no page. */
import { Button } from "@mantine/core";
import { Compass, Lock, TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import { useTexts } from "@/i18n";
import { Empty } from "@/ui/Empty";

export function NotFound() {
  const { common } = useTexts();
  return (
    <Empty icon={Compass} title={common.notFound} hint={common.notFoundHint}>
      <Button component={Link} to="/" variant="light">
        {common.goHome}
      </Button>
    </Empty>
  );
}

export function NotAllowed() {
  const { common } = useTexts();
  return <Empty icon={Lock} title={common.notAllowed} hint={common.notAllowedHint} />;
}

export function PageFailed() {
  const { common } = useTexts();
  return (
    <Empty icon={TriangleAlert} title={common.failed} hint={common.failedHint}>
      <Button onClick={() => window.location.reload()} variant="light">
        {common.reload}
      </Button>
    </Empty>
  );
}
