import { Button, Loader } from "@mantine/core";
import { ArrowUp, AudioLines, SearchX, ShieldCheck } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useMe } from "@/api/session";
import { dayOf } from "@/days";
import { useTexts } from "@/i18n";
import { secondOf } from "@/player/clock";
import { STEP_S } from "@/player/Player";
import { usePlayer } from "@/player/usePlayer";
import { Empty } from "@/ui/Empty";
import { PageHead } from "@/ui/PageHead";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { audioUrl, hasAudio, useNewer, useRecording, useRecordings, type Recording } from "./data";
import { Dock } from "./Dock";
import { ExportButton } from "./ExportButton";
import { FilterBar, KindSwitch } from "./FilterBar";
import { filtersOf, listOf, queryOf, type Filters } from "./filters";
import { useSayWhy, useWhy } from "./listening";
import { RecordingList } from "./RecordingList";
import classes from "./recordings.module.css";
import { useKeys } from "./useKeys";

/** Recordings: narrowed, chosen, heard. Filters, choice and moment stand in the address. */
export function Component() {
  const texts = useTexts().recordings;
  const { zone } = useMe();
  const { callId } = useParams();
  const { filters, moment, setFilters, choose, hrefOf } = useAddress(callId);
  const list = useRecordings(filters);
  const found = useRecording(callId);
  const [attach, player] = usePlayer();
  const steps = useSteps(list.recordings, callId, choose);
  const { deck } = player;
  useEffect(() => deck?.startAt(moment), [deck, moment]);
  const next = useCallback(() => {
    deck?.playOnLoad();
    steps.down();
  }, [deck, steps]);
  const previous = useCallback(() => {
    deck?.playOnLoad();
    steps.up();
  }, [deck, steps]);
  useKeys(
    useMemo(
      () => ({
        ArrowDown: steps.down,
        ArrowUp: steps.up,
        " ": () => deck?.toggle(),
        k: () => deck?.toggle(),
        j: () => deck?.skip(-STEP_S),
        l: () => deck?.skip(STEP_S),
        ArrowLeft: () => deck?.skip(-STEP_S),
        ArrowRight: () => deck?.skip(STEP_S),
        n: next,
        p: previous,
      }),
      [steps, deck, next, previous],
    ),
  );
  const { source, why, setWhy } = useSource(found.data, player.playback.begun);
  return (
    <div className={classes.page}>
      <PageHead title={texts.title} aside={<Newer list={list} filters={filters} />}>
        <ExportButton filters={filters} />
        <KindSwitch filters={filters} onChange={setFilters} />
      </PageHead>
      <FilterBar filters={filters} today={dayOf(new Date(), zone)} onChange={setFilters} />
      <div className={classes.list}>
        <Listing list={list} filters={filters} chosen={callId} hrefOf={hrefOf} onChoose={choose} />
      </div>
      <audio ref={attach} src={source} preload="none" aria-label={texts.player.title} />
      <Dock
        callId={callId}
        found={found}
        player={player}
        why={why}
        onWhy={setWhy}
        onPrevious={steps.hasPrevious ? previous : undefined}
        onNext={steps.hasNext ? next : undefined}
      />
    </div>
  );
}

/**
 * Where the audio is fetched, with why. What has begun to play goes on under the address it began with: the api is told
 * of a new reason beside it.
 */
function useSource(recording: Recording | undefined, begun: boolean) {
  const [why, keepWhy] = useWhy();
  const say = useSayWhy();
  const id = recording && hasAudio(recording) ? recording.id : undefined;
  const [held, setHeld] = useState({ id, why });
  if (held.id !== id || (!begun && held.why !== why)) setHeld({ id, why });
  const setWhy = (chosen: string | null) => {
    keepWhy(chosen);
    if (begun && id !== undefined && chosen !== null) say.mutate({ id, why: chosen });
  };
  return { source: held.id === undefined ? undefined : audioUrl(held.id, held.why), why, setWhy };
}

/** Filters and choice as they stand in the address, and how to change them; `moment` is the second that a link points at. */
function useAddress(callId: string | undefined) {
  const [address] = useSearchParams();
  const navigate = useNavigate();
  const moment = secondOf(address.get("t"));
  const query = queryOf(filtersOf(address));
  const filters = useMemo(() => filtersOf(new URLSearchParams(query)), [query]);
  const hrefOf = useCallback((id: string) => pathOf(id, query), [query]);
  const choose = useCallback((id: string) => void navigate(hrefOf(id), { replace: true }), [navigate, hrefOf]);
  const setFilters = useCallback(
    (changed: Filters) => void navigate(pathOf(callId, queryOf(changed)), { replace: true }),
    [navigate, callId],
  );
  return { filters, moment, setFilters, choose, hrefOf };
}

function pathOf(id: string | undefined, query: string): string {
  return `/recordings${id === undefined ? "" : `/${id}`}${query === "" ? "" : `?${query}`}`;
}

/** One up and one down from the chosen row. */
function useSteps(recordings: { id: string }[], chosen: string | undefined, choose: (id: string) => void) {
  return useMemo(() => {
    const at = recordings.findIndex(({ id }) => id === chosen);
    const go = (index: number) => {
      const target = recordings[index];
      if (target) choose(target.id);
    };
    return { up: () => go(Math.max(0, at - 1)), down: () => go(at + 1), hasPrevious: at > 0, hasNext: at + 1 < recordings.length };
  }, [recordings, chosen, choose]);
}

interface ListingProps {
  list: ReturnType<typeof useRecordings>;
  filters: Filters;
  chosen: string | undefined;
  hrefOf: (id: string) => string;
  onChoose: (id: string) => void;
}

function Listing({ list, filters, chosen, hrefOf, onChoose }: ListingProps) {
  const { recordings: texts, common } = useTexts();
  if (list.isPending) return <Loader className={classes.loading} size="sm" role="status" aria-label={common.loading} />;
  if (list.isError && list.recordings.length === 0) return <ProblemNotice error={list.error} title={texts.failed} />;
  if (list.recordings.length === 0) return <Nothing filters={filters} since={list.since} />;
  return (
    <>
      <RecordingList recordings={list.recordings} chosen={chosen} hrefOf={hrefOf} onChoose={onChoose} />
      {list.hasNextPage ? <More onSeen={() => void list.fetchNextPage()} /> : <End count={list.recordings.length} since={list.since} />}
    </>
  );
}

function Newer({ list, filters }: Pick<ListingProps, "list" | "filters">) {
  const texts = useTexts().recordings;
  const newer = useNewer(filters, list.recordings[0]?.id);
  return (
    newer > 0 && (
      <Button variant="light" size="compact-sm" leftSection={<ArrowUp size={14} />} onClick={() => void list.refetch()}>
        {texts.newer(newer)}
      </Button>
    )
  );
}

function End({ count, since }: { count: number; since: string | null }) {
  const { recordings: texts, search } = useTexts();
  const { zone } = useMe();
  return (
    <p className={classes.end}>
      {texts.end(count)}
      {since !== null && <><br />{search.since(dayOf(new Date(since), zone))}</>}
    </p>
  );
}

/** Why there is nothing, and what to change. */
function Nothing({ filters, since }: { filters: Filters; since: string | null }) {
  const { recordings: texts, search } = useTexts();
  const { zone } = useMe();
  if (Object.keys(filters).length === 0) return <Empty icon={AudioLines} title={texts.neverTitle} hint={texts.neverHint} />;
  const isProblem = listOf(filters) === "problem";
  const ordinary = filters.phone ? search.noneNumberHint : listOf(filters) === "absent" ? search.noneAbsentHint : texts.noneHint;
  return (
    <Empty
      icon={isProblem ? ShieldCheck : SearchX}
      title={isProblem ? search.noneProblem : texts.noneTitle}
      hint={isProblem ? search.noneProblemHint : ordinary}
    >
      {since !== null && <p className={classes.end}>{search.since(dayOf(new Date(since), zone))}</p>}
    </Empty>
  );
}

/** Fetches the next page when the end of the list comes into sight. */
function More({ onSeen }: { onSeen: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const seen = useRef(onSeen);
  useEffect(() => {
    seen.current = onSeen;
  }, [onSeen]);
  useEffect(() => {
    if (!end.current) return undefined;
    const watcher = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) seen.current();
    }, { rootMargin: "400px" });
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, []);
  return <div ref={end} className={classes.loading}><Loader size="xs" /></div>;
}
