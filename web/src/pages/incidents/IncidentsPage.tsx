import { Button, Loader, SegmentedControl } from "@mantine/core";
import { ShieldCheck } from "lucide-react";
import { useMemo, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useMay } from "@/api/session";
import { useTexts } from "@/i18n";
import { useIncidentStanding } from "@/live/incidents";
import { useKeys } from "@/pages/recordings/useKeys";
import { Empty } from "@/ui/Empty";
import { PageHead } from "@/ui/PageHead";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { CloseDialog } from "./CloseDialog";
import { useIncident, useIncidents, useTake } from "./data";
import { IncidentDetail } from "./IncidentDetail";
import { IncidentList } from "./IncidentList";
import classes from "./incidents.module.css";
import { openFirst, WHICH, whichOf, type Which } from "./rules";

/** What is wrong with recording, who looks after it, what to do. Choice and filter stand in the address. */
export function Component() {
  const texts = useTexts().incidents;
  const { which, chosen, show, choose } = useAddress();
  const list = useIncidents(which);
  const incidents = useMemo(() => openFirst(list.incidents), [list.incidents]);
  const shown = chosen ?? incidents[0]?.id;
  const found = useIncident(shown);
  const [closing, setClosing] = useState(false);
  const take = useTake();
  const canHandle = useCanHandle(found.data);
  useStepKeys(incidents, shown, choose, canHandle, () => shown && take.mutate(shown), () => setClosing(true));
  return (
    <div className={classes.page}>
      <PageHead title={texts.title} aside={<Counts />}>
        <SegmentedControl
          aria-label={texts.which}
          value={which}
          data={WHICH.map((value) => ({ value, label: texts[value] }))}
          onChange={(value) => show(whichOf(value))}
        />
      </PageHead>
      {shown === undefined ? (
        <NoneShown list={list} which={which} />
      ) : (
        <div className={classes.columns}>
          <div className={classes.list}>
            <IncidentList incidents={incidents} chosen={shown} onChoose={choose} />
            {list.hasNextPage && (
              <Button variant="subtle" fullWidth loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {texts.more}
              </Button>
            )}
          </div>
          <IncidentDetail found={found} take={take} canHandle={canHandle} onClose={() => setClosing(true)} />
        </div>
      )}
      <CloseDialog incident={found.data ?? null} opened={closing} onClose={() => setClosing(false)} />
    </div>
  );
}

function useAddress() {
  const { incidentId: chosen } = useParams();
  const [address] = useSearchParams();
  const navigate = useNavigate();
  const which = whichOf(address.get("which"));
  const query = which === "open" ? "" : `?which=${which}`;
  return {
    which,
    chosen,
    show: (wanted: Which) => void navigate(`/incidents${wanted === "open" ? "" : `?which=${wanted}`}`, { replace: true }),
    choose: (id: string) => void navigate(`/incidents/${id}${query}`, { replace: true }),
  };
}

function useCanHandle(incident: { closed_at: string | null } | undefined): boolean {
  const may = useMay("handleIncidents");
  return may && incident?.closed_at === null;
}

/** Up and down choose, `t` takes over, `c` closes. */
function useStepKeys(
  incidents: readonly { id: string }[],
  shown: string | undefined,
  choose: (id: string) => void,
  canHandle: boolean,
  take: () => void,
  close: () => void,
): void {
  const at = incidents.findIndex(({ id }) => id === shown);
  const go = (index: number) => {
    const target = incidents[index];
    if (target) choose(target.id);
  };
  useKeys({
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(Math.max(0, at - 1)),
    ...(canHandle && { t: take, c: close }),
  });
}

function Counts() {
  const { shell } = useTexts();
  const standing = useIncidentStanding();
  return standing !== undefined && standing.open > 0 && <span className={classes.counts}>{shell.incidentsOpen(standing.open)}</span>;
}

/** Why no incident is shown: they are on their way, cannot be read, or there are none. */
function NoneShown({ list, which }: { list: ReturnType<typeof useIncidents>; which: Which }) {
  const { incidents: texts, common } = useTexts();
  if (list.isPending) return <Loader size="sm" role="status" aria-label={common.loading} />;
  if (list.isError) return <ProblemNotice error={list.error} title={texts.failed} />;
  return <Nothing which={which} />;
}

/** Nothing is wrong, and how one can know. */
function Nothing({ which }: { which: Which }) {
  const texts = useTexts().incidents;
  if (which === "mine") return <Empty icon={ShieldCheck} title={texts.noMineTitle} hint={texts.noMineHint} />;
  return (
    <Empty icon={ShieldCheck} title={which === "all" ? texts.neverTitle : texts.noneTitle} hint={texts.noneHint}>
      <ul className={classes.watched}>
        {texts.watched.map((what) => (
          <li key={what}>{what}</li>
        ))}
      </ul>
    </Empty>
  );
}
