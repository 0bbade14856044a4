import { Alert, Button, Group, Skeleton } from "@mantine/core";
import { Check, CircleAlert, Link2, ShieldCheck, ShieldX } from "lucide-react";
import { useState } from "react";
import { useMay, useMe } from "@/api/session";
import { moment } from "@/days";
import { useTexts } from "@/i18n";
import { clock } from "@/player/clock";
import type { Player as Playing } from "@/player/usePlayer";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { hasAudio, useVerify, type Recording, type useRecording, type Verification } from "./data";
import { draftOf } from "./clip";
import { ClipPanel } from "./ClipPanel";
import { CustomerNumber } from "./CustomerNumber";
import { Evidence } from "./Evidence";
import { Hearing, type Steps } from "./Hearing";
import { CLIP, Panels } from "./Panels";
import classes from "./recordings.module.css";
import { absenceOf, StatusSign } from "./StatusSign";
import { WhyChoice } from "./WhyChoice";

interface Props extends Steps {
  callId: string | undefined;
  found: ReturnType<typeof useRecording>;
  player: Playing;
  why: string | null;
  onWhy: (why: string | null) => void;
}

/** At the foot of the page: the chosen recording, its player and its facts. */
export function Dock({ callId, found, ...others }: Props) {
  const texts = useTexts().recordings;
  const [tab, setTab] = useState("notes");
  return (
    <section className={classes.dock} aria-label={texts.player.title} data-chosen={callId}>
      {callId === undefined && <p className={classes.choose}>{texts.choose}</p>}
      {callId !== undefined && found.isPending && <Skeleton height={360} />}
      {found.isError && <ProblemNotice error={found.error} />}
      {found.data && <Chosen key={found.data.id} recording={found.data} tab={tab} onTab={setTab} {...others} />}
    </section>
  );
}

interface ChosenProps extends Omit<Props, "callId" | "found"> {
  recording: Recording;
  tab: string;
  onTab: (tab: string) => void;
}

function Chosen({ recording, player, why, onWhy, tab, onTab, ...steps }: ChosenProps) {
  const texts = useTexts().recordings;
  const duration = recording.duration_s ?? 0;
  const [draft, setDraft] = useState(() => draftOf(duration));
  const mayClip = useMay("takeClips") && hasAudio(recording);
  return (
    <>
      <Headline recording={recording} player={player} why={why} onWhy={onWhy} />
      {hasAudio(recording) ? (
        <Hearing
          recording={recording}
          player={player}
          draft={mayClip && tab === CLIP ? draft : null}
          onDraft={setDraft}
          {...steps}
        />
      ) : (
        <Alert color="gray" icon={<CircleAlert />}>
          {texts.noAudio(whyNot(recording, texts))}
        </Alert>
      )}
      <Panels
        id={recording.id}
        deck={hasAudio(recording) ? player.deck : null}
        clip={mayClip && <ClipPanel id={recording.id} duration={duration} draft={draft} onDraft={setDraft} />}
        facts={<Facts recording={recording} />}
        tab={tab}
        onTab={onTab}
      />
    </>
  );
}

function whyNot({ status, reason }: Recording, texts: ReturnType<typeof useTexts>["recordings"]): string {
  return status === "present" ? (texts.oddities[reason ?? ""] ?? "") : absenceOf(reason, texts);
}

function Headline({ recording, player, why, onWhy }: Pick<ChosenProps, "recording" | "player" | "why" | "onWhy">) {
  const texts = useTexts().recordings;
  const { zone } = useMe();
  const mayTakeEvidence = useMay("takeEvidence");
  return (
    <header className={classes.headline}>
      <h2>{recording.agent_name ?? texts.nobody}</h2>
      <CustomerNumber id={recording.id} masked={recording.number} />
      <span className={classes.dim}>{moment(recording.started_at, zone)}</span>
      <span className={classes.dim}>{recording.campaign_name}</span>
      <StatusSign recording={recording} />
      <Group gap="xs" className={classes.deeds}>
        {hasAudio(recording) && <WhyChoice why={why} onChange={onWhy} />}
        {hasAudio(recording) && <CopyLink player={player} />}
        {mayTakeEvidence && <Evidence id={recording.id} />}
        {hasAudio(recording) && <Verify id={recording.id} />}
      </Group>
    </header>
  );
}

function CopyLink({ player }: { player: Playing }) {
  const texts = useTexts().recordings;
  const [told, setTold] = useState<string>();
  const copy = async () => {
    const link = new URL(window.location.href);
    link.searchParams.set("t", player.playback.position.toFixed(1));
    window.history.replaceState(window.history.state, "", link);
    const done = await writeClipboard(link.href);
    setTold(done ? texts.copied : texts.linkShown);
  };
  return (
    <Button size="compact-sm" variant="subtle" color="gray" leftSection={told ? <Check size={14} /> : <Link2 size={14} />} onClick={() => void copy()}>
      {told ?? texts.copyLink}
    </Button>
  );
}

/** False where the browser keeps the clipboard to itself: without https it does. */
async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function Verify({ id }: { id: string }) {
  const texts = useTexts().recordings;
  const verify = useVerify(id);
  return (
    <>
      {verify.data && <Verdict verdict={verify.data} />}
      {verify.isError && <ProblemNotice error={verify.error} />}
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<ShieldCheck size={14} />}
        loading={verify.isPending}
        onClick={() => verify.mutate()}
      >
        {verify.isPending ? texts.verifying : texts.verify}
      </Button>
    </>
  );
}

function Verdict({ verdict }: { verdict: Verification }) {
  const texts = useTexts().recordings;
  const broken = verdict.found_sha256 === null ? texts.undecodable : texts.broken;
  return (
    <span className={classes.sign} data-tone={verdict.intact ? "good" : "alarm"} role="status">
      {verdict.intact ? <ShieldCheck size={14} /> : <ShieldX size={14} />}
      {verdict.intact ? texts.intact : broken}
      <code title={`${texts.expected} ${verdict.expected_sha256}\n${texts.found} ${verdict.found_sha256 ?? "–"}`}>
        {short(verdict.expected_sha256)} {verdict.intact ? "=" : "≠"} {short(verdict.found_sha256)}
      </code>
    </span>
  );
}

function short(hash: string | null): string {
  return hash === null ? "–" : hash.slice(0, 8);
}

function Facts({ recording }: { recording: Recording }) {
  const { facts } = useTexts().recordings;
  const { zone } = useMe();
  const shown: [string, string | null][] = [
    [facts.talk, recording.talk_s === null ? null : clock(recording.talk_s)],
    [facts.recorded, recording.duration_s === null ? null : clock(recording.duration_s)],
    [facts.difference, recording.difference_s === null ? null : `${recording.difference_s.toFixed(1)} s`],
    [facts.size, recording.bytes === null ? null : `${(recording.bytes / 1024).toFixed(0)} kB`],
    [facts.sealedAt, moment(recording.sealed_at, zone)],
    [facts.hash, recording.sha256],
  ];
  return (
    <dl className={classes.facts}>
      {shown.map(([name, value]) => value !== null && (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={value}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
