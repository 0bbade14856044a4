/** The two people of a call, in the order of the recording's channels. */
export const LEGS = ["agent", "customer"] as const;
export type Leg = (typeof LEGS)[number];

/** How a leg is heard. `volume` is 0..1. */
export interface LegSetting {
  volume: number;
  muted: boolean;
}

export type Mix = Record<Leg, LegSetting> & { apart: boolean };

export const PLAIN_MIX: Mix = {
  agent: { volume: 1, muted: false },
  customer: { volume: 1, muted: false },
  apart: false,
};

/** How loud a leg is played under a mix. */
export function gainOf({ volume, muted }: LegSetting): number {
  return muted ? 0 : volume;
}

interface Channel {
  gain: GainNode;
  pan: StereoPannerNode;
}

/**
 * Splits an audio element's two channels, so that each leg has its own volume and place.
 *
 * A media element can be connected to one audio context only, once: a mixer lives as long as its element.
 */
export class Mixer {
  readonly #context = new AudioContext();
  readonly #channels: Record<Leg, Channel>;

  constructor(media: HTMLMediaElement) {
    const splitter = this.#context.createChannelSplitter(LEGS.length);
    this.#context.createMediaElementSource(media).connect(splitter);
    this.#channels = { agent: this.#channel(splitter, 0), customer: this.#channel(splitter, 1) };
  }

  /** Must be called where the person has just clicked or typed: browsers keep a page silent until then. */
  async wake(): Promise<void> {
    await this.#context.resume();
  }

  /** Both people in the middle, or (`apart`) the agent in the left ear and the customer in the right. */
  set(mix: Mix): void {
    const side: Record<Leg, number> = { agent: -1, customer: 1 };
    for (const leg of LEGS) {
      const { gain, pan } = this.#channels[leg];
      gain.gain.value = gainOf(mix[leg]);
      pan.pan.value = mix.apart ? side[leg] : 0;
    }
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  #channel(splitter: ChannelSplitterNode, output: number): Channel {
    const channel = { gain: this.#context.createGain(), pan: this.#context.createStereoPanner() };
    splitter.connect(channel.gain, output).connect(channel.pan).connect(this.#context.destination);
    return channel;
  }
}
