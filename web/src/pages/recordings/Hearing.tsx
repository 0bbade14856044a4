import { Alert, Skeleton, useComputedColorScheme } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import { useTexts } from "@/i18n";
import { clock } from "@/player/clock";
import { CourseStrip } from "@/player/CourseStrip";
import { Pins, type Pin } from "@/player/Pins";
import { Player } from "@/player/Player";
import type { Player as Playing } from "@/player/usePlayer";
import { Selecting } from "@/player/Selecting";
import { Waveform } from "@/player/Waveform";
import { usePeaks, type Recording } from "./data";
import { dragged, selectedOf, type Draft } from "./clip";
import { useNotes, useTimeline } from "./listening";

export interface Steps {
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
}

interface Props extends Steps {
  recording: Recording;
  player: Playing;
  /** The clip that is being chosen on the waveform; null = none is. */
  draft: Draft | null;
  onDraft: (draft: Draft) => void;
}

/** The player of a recording that has audio: both legs, the notes on them, the call's course beneath. */
export function Hearing({ recording, player, draft, onDraft, onPrevious, onNext }: Props) {
  const { player: texts, ...others } = useTexts().recordings;
  const peaks = usePeaks(recording.id);
  const pins = usePins(recording.id);
  const timeline = useTimeline(recording.id);
  const scheme = useComputedColorScheme("light");
  const duration = recording.duration_s ?? 0;
  const { deck, playback } = player;
  if (!deck) return null;
  const wave = peaks.data ? (
    <>
      <Waveform media={deck.media} peaks={peaks.data} duration={duration} scheme={scheme} onSeek={deck.seek} />
      <Pins pins={pins} duration={duration} onSeek={deck.seek} />
      {draft && (
        <Selecting
          duration={duration}
          selected={selectedOf(draft, duration)}
          making={draft.making}
          onSelect={(stretch) => onDraft(dragged(draft, stretch))}
          onSeek={deck.seek}
        />
      )}
    </>
  ) : (
    <Skeleton height={96} animate={peaks.isPending}>
      {peaks.isError && others.waveFailed}
    </Skeleton>
  );
  return (
    <>
      <Player
        deck={deck}
        playback={playback}
        duration={duration}
        names={{ agent: texts.agentLeg, customer: texts.customerLeg }}
        wave={wave}
        course={<CourseStrip marks={timeline.data?.marks ?? []} duration={duration} onSeek={deck.seek} />}
        onPrevious={onPrevious}
        onNext={onNext}
      />
      {playback.failed && (
        <Alert color="red" icon={<CircleAlert />} role="alert">
          {others.audioFailed}
        </Alert>
      )}
    </>
  );
}

/** The notes that stand, as they are drawn. */
function usePins(id: string): Pin[] {
  const { notes: texts } = useTexts().listening;
  const standing = useNotes(id).data?.filter(({ withdrawn_at }) => withdrawn_at === null) ?? [];
  return standing.map((note) => ({ ...note, label: texts.pin(texts.kinds[note.kind], clock(note.at_s), note.text) }));
}
