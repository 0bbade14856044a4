/** The live floor, for every page that shows a part of it. */
import { skipToken, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState } from "react";
import type { Floor } from "./changes";
import { FLOOR_KEY, FloorStream, type StreamState } from "./stream";

const ASLEEP_MS = 60_000;

/** How the stream is; the shell follows the floor once for all pages. */
export const StreamContext = createContext<StreamState>("connecting");

/** How the stream of changes is now. */
export function useStreamState(): StreamState {
  return use(StreamContext);
}

/** Follows the floor while mounted, if the person may. */
export function useFollowFloor(allowed: boolean): StreamState {
  const queries = useQueryClient();
  const [state, setState] = useState<StreamState>("connecting");
  useEffect(() => {
    if (!allowed) return undefined;
    const stream = new FloorStream(queries, setState);
    void stream.start();
    const stopListening = whenAwake(() => void stream.start());
    return () => {
      stopListening();
      stream.stop();
    };
  }, [allowed, queries]);
  return state;
}

/** Calls the listener when the machine has slept or was off the net: a stream may be dead without saying so. */
function whenAwake(listener: () => void): () => void {
  let hiddenAt = 0;
  const onVisible = () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (Date.now() - hiddenAt > ASLEEP_MS) listener();
  };
  window.addEventListener("online", listener);
  document.addEventListener("visibilitychange", onVisible);
  return () => {
    window.removeEventListener("online", listener);
    document.removeEventListener("visibilitychange", onVisible);
  };
}

/** A part of the floor; undefined until it is known. */
export function useFloor<T>(part: (floor: Floor) => T): T | undefined {
  return useQuery<Floor, Error, T>({
    queryKey: FLOOR_KEY,
    queryFn: skipToken,
    staleTime: Infinity,
    structuralSharing: false,
    select: part,
  }).data;
}
