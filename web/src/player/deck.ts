import { Mixer, PLAIN_MIX, type Mix } from "./mixer";

/** What the element does now. */
export interface Playback {
  playing: boolean;
  /** Seconds. */
  position: number;
  speed: number;
  mix: Mix;
  /** The browser could not fetch or decode the audio. */
  failed: boolean;
  /** Some of this recording was asked for: from then on it is a listening, and known as one. */
  begun: boolean;
}

export const AT_REST: Playback = { playing: false, position: 0, speed: 1, mix: PLAIN_MIX, failed: false, begun: false };

/**
 * One audio element with its mixer. Speed and mix are the listener's: they stay when another recording is chosen.
 *
 * The mixer is made when sound first begins: before a person has clicked or typed, browsers allow none. Nothing is
 * fetched before somebody plays: who only looks has heard nothing. Until then the element remembers where to begin.
 */
export class Deck {
  #playback = AT_REST;
  #mixer: Mixer | null = null;
  #frame = 0;
  #begin = 0;
  #plays = false;
  #path = "";
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();

  constructor(readonly media: HTMLMediaElement) {
    const on = (name: string, does: () => void) => media.addEventListener(name, does, { signal: this.#closing.signal });
    for (const name of ["play", "pause", "ended", "seeking", "seeked", "timeupdate"]) on(name, this.#look);
    on("play", this.#tick);
    on("play", () => this.#tell({ begun: true }));
    on("loadstart", this.#settle);
    on("error", () => this.#tell({ failed: media.currentSrc !== "", playing: false }));
  }

  readonly playback = (): Playback => this.#playback;

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly toggle = (): void => {
    if (this.media.paused) this.#play();
    else this.media.pause();
  };

  /** Goes to a second; beyond an end, to that end. */
  readonly seek = (second: number): void => {
    const { duration } = this.media;
    this.media.currentTime = Math.max(0, Number.isFinite(duration) ? Math.min(second, duration) : second);
    if (!this.#isLoaded) this.media.dispatchEvent(new Event("timeupdate")); // by itself it tells nobody yet
  };

  readonly skip = (seconds: number): void => this.seek(this.media.currentTime + seconds);

  /** The recording chosen next begins by itself. */
  readonly playOnLoad = (): void => {
    this.#plays = true;
  };

  /** The recording that is chosen, or the next, begins at this second. */
  readonly startAt = (second: number): void => {
    this.#begin = second;
    if (this.media.currentSrc !== "" && second > 0) this.#goToBegin();
  };

  readonly setSpeed = (speed: number): void => {
    this.media.defaultPlaybackRate = speed; // a new source begins with this one
    this.media.playbackRate = speed;
    this.#tell({ speed });
  };

  readonly setMix = (mix: Mix): void => {
    this.#mixer?.set(mix);
    this.#tell({ mix });
  };

  close(): void {
    this.#closing.abort();
    cancelAnimationFrame(this.#frame);
    this.media.pause();
    void this.#mixer?.close();
  }

  #play(): void {
    this.#mixer ??= new Mixer(this.media);
    this.#mixer.set(this.#playback.mix);
    void this.#mixer.wake();
    this.media.play().catch(() => undefined); // what is wrong is told by the element's own error event
  }

  /** Another recording: at its begin, and silent unless it was to go on by itself. The same for another reason: where it was. */
  readonly #settle = (): void => {
    const path = this.media.src.split("?", 1)[0] ?? "";
    if (path === this.#path && this.#begin === 0) this.#begin = this.#playback.position;
    this.#path = path;
    this.#tell({ failed: false, begun: this.#plays });
    this.#goToBegin();
    if (this.#plays) this.#play();
    this.#plays = false;
  };

  #goToBegin(): void {
    this.seek(this.#begin);
    this.#begin = 0;
  }

  get #isLoaded(): boolean {
    return this.media.readyState > HTMLMediaElement.HAVE_NOTHING;
  }

  readonly #look = (): void => this.#tell({ position: this.media.currentTime, playing: !this.media.paused });

  /** While it plays, the position is told with every frame. */
  readonly #tick = (): void => {
    cancelAnimationFrame(this.#frame);
    this.#look();
    if (!this.media.paused) this.#frame = requestAnimationFrame(this.#tick);
  };

  #tell(change: Partial<Playback>): void {
    this.#playback = { ...this.#playback, ...change };
    for (const listener of this.#listeners) listener();
  }
}
