import { useCallback, useState, useSyncExternalStore } from "react";
import { AT_REST, Deck, type Playback } from "./deck";

export interface Player {
  /** Null until the audio element is there. */
  deck: Deck | null;
  playback: Playback;
}

const NOBODY = () => () => undefined;
const REST = () => AT_REST;

/** The ref for this page's audio element, its deck, and what it does now. */
export function usePlayer(): [(media: HTMLAudioElement) => () => void, Player] {
  const [deck, setDeck] = useState<Deck | null>(null);
  const attach = useCallback((media: HTMLAudioElement) => {
    const made = new Deck(media);
    setDeck(made);
    return () => {
      made.close();
      setDeck(null);
    };
  }, []);
  const playback = useSyncExternalStore(deck?.listen ?? NOBODY, deck?.playback ?? REST);
  return [attach, { deck, playback }];
}
