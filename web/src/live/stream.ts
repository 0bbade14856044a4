/** Follows the floor: fetches it, then applies what `/events` sends. Starts over whenever it is not sure. */
import type { QueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { applyChanges, type Change, type Floor } from "./changes";
import { noteServerTime } from "./clock";
import { askServer } from "./server";

export type StreamState = "connecting" | "live" | "reconnecting";

export const FLOOR_KEY = ["floor"] as const;
export const CAMPAIGNS_KEY = ["campaigns"] as const;
export const INCIDENTS_KEY = ["incidents"] as const;
const GATHER_MS = 100; // changes within are shown together
const START_OVER_MS = 2000;

/** Keeps the cached floor up to date until `stop` is called. */
export class FloorStream {
  private source: EventSource | null = null;
  private startingOver: number | undefined;
  private gathering: number | undefined;
  private gathered: Change[] = [];
  private cursor = "";
  private round = 0; // a start that was overtaken does nothing

  constructor(
    private readonly queries: QueryClient,
    private readonly onState: (state: StreamState) => void,
  ) {}

  /** Fetches the floor and follows it. */
  async start(): Promise<void> {
    this.stop();
    const round = this.round;
    try {
      const floor = await body(api.GET("/api/v1/floor"));
      if (round !== this.round) return;
      noteServerTime(floor.at);
      this.queries.setQueryData<Floor>(FLOOR_KEY, floor);
      this.follow(floor.cursor);
    } catch {
      if (round === this.round) this.startOver();
    }
  }

  /** Ends it, whatever it is doing. */
  stop(): void {
    this.round += 1;
    window.clearTimeout(this.startingOver);
    window.clearTimeout(this.gathering);
    this.gathering = undefined;
    this.gathered = [];
    this.source?.close();
    this.source = null;
  }

  private follow(cursor: string): void {
    const source = new EventSource(`/api/v1/events?after=${encodeURIComponent(cursor)}`);
    this.source = source;
    source.onopen = () => this.onState("live");
    source.onerror = () => this.lost(source);
    source.addEventListener("changes", (event: MessageEvent<string>) => this.gather(event));
    source.addEventListener("figures", (event: MessageEvent<string>) => this.stand(event));
    source.addEventListener("reset", () => void this.start());
  }

  /** The browser connects again by itself, and says where it was, unless the answer was an error. */
  private lost(source: EventSource): void {
    this.onState("reconnecting");
    void askServer();
    if (source.readyState === EventSource.CLOSED) this.startOver();
  }

  private startOver(): void {
    this.stop();
    this.onState("reconnecting");
    this.startingOver = window.setTimeout(() => void this.start(), START_OVER_MS);
  }

  private gather(event: MessageEvent<string>): void {
    const frame = JSON.parse(event.data) as Schemas["Changes"];
    noteServerTime(frame.at);
    this.gathered.push(...frame.changes);
    this.cursor = event.lastEventId;
    this.gathering ??= window.setTimeout(() => this.show(), GATHER_MS);
  }

  private show(): void {
    const { gathered, cursor } = this;
    this.gathered = [];
    this.gathering = undefined;
    this.queries.setQueryData<Floor>(FLOOR_KEY, (floor) => floor && applyChanges(floor, gathered, cursor));
    this.renew(gathered, "campaign", CAMPAIGNS_KEY);
    this.renew(gathered, "incident", INCIDENTS_KEY);
  }

  /** What is no part of the floor is asked for again, where it is shown. */
  private renew(changes: readonly Change[], kind: Change["kind"], queryKey: readonly string[]): void {
    if (changes.some((change) => change.kind === kind)) void this.queries.invalidateQueries({ queryKey });
  }

  private stand(event: MessageEvent<string>): void {
    const standing = JSON.parse(event.data) as Schemas["Standing"];
    this.queries.setQueryData<Floor>(FLOOR_KEY, (floor) => floor && { ...floor, ...standing });
  }
}
