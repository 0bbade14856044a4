/** Follows the floor: fetches it, then applies what `/events` sends. Starts over whenever it is not sure. */
import type { QueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { applyChanges, type Change, type Figures, type Floor, type FloorCampaign, type Lamp } from "./changes";
import { noteServerTime } from "./clock";

export type StreamState = "connecting" | "live" | "reconnecting";

export const FLOOR_KEY = ["floor"] as const;
const GATHER_MS = 100; // changes within are shown together
const START_OVER_MS = 2000;

interface Standing {
  figures: Figures;
  lamps: Lamp[];
  campaigns: FloorCampaign[];
}

/** Keeps the cached floor up to date until `stop` is called. */
export class FloorStream {
  private source: EventSource | null = null;
  private timer: number | undefined;
  private gathering: number | undefined;
  private gathered: Change[] = [];
  private cursor = "";
  private stopped = false;

  constructor(
    private readonly queries: QueryClient,
    private readonly onState: (state: StreamState) => void,
  ) {}

  /** Fetches the floor and follows it. */
  async start(): Promise<void> {
    this.close();
    try {
      const floor = await body(api.GET("/api/v1/floor"));
      if (this.isStopped()) return;
      noteServerTime(floor.at);
      this.cursor = floor.cursor;
      this.queries.setQueryData<Floor>(FLOOR_KEY, floor);
      this.open(floor.cursor);
    } catch {
      this.startOver();
    }
  }

  /** Ends it for good. */
  stop(): void {
    this.stopped = true;
    this.close();
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private open(cursor: string): void {
    const source = new EventSource(`/api/v1/events?after=${encodeURIComponent(cursor)}`);
    this.source = source;
    source.onopen = () => this.onState("live");
    source.onerror = () => this.lost(source);
    source.addEventListener("changes", (event) => this.gather(event));
    source.addEventListener("figures", (event) => this.stand(event));
    source.addEventListener("reset", () => void this.start());
  }

  /** The browser connects again by itself, and says where it was, unless the answer was an error. */
  private lost(source: EventSource): void {
    if (this.stopped) return;
    this.onState("reconnecting");
    if (source.readyState === EventSource.CLOSED) this.startOver();
  }

  private startOver(): void {
    this.close();
    if (this.stopped) return;
    this.onState("reconnecting");
    this.timer = window.setTimeout(() => void this.start(), START_OVER_MS);
  }

  private gather(event: MessageEvent<string>): void {
    const frame = JSON.parse(event.data) as { at: string; changes: Change[] };
    noteServerTime(frame.at);
    this.gathered.push(...frame.changes);
    this.cursor = event.lastEventId;
    this.gathering ??= window.setTimeout(() => this.show(), GATHER_MS);
  }

  private show(): void {
    const changes = this.gathered;
    this.gathered = [];
    this.gathering = undefined;
    this.queries.setQueryData<Floor>(FLOOR_KEY, (floor) => floor && applyChanges(floor, changes, this.cursor));
    if (changes.some((change) => change.kind === "campaign")) {
      void this.queries.invalidateQueries({ queryKey: ["campaigns"] });
    }
  }

  private stand(event: MessageEvent<string>): void {
    const standing = JSON.parse(event.data) as Standing;
    this.queries.setQueryData<Floor>(FLOOR_KEY, (floor) => floor && { ...floor, ...standing });
  }

  private close(): void {
    window.clearTimeout(this.timer);
    window.clearTimeout(this.gathering);
    this.gathering = undefined;
    this.gathered = [];
    this.source?.close();
    this.source = null;
  }
}
