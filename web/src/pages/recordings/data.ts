/** What the recordings page asks the api. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { searchOf, type Filters } from "./filters";

export type Recording = Schemas["Recording"];
export type Verification = Schemas["Verification"];
export type Peaks = Schemas["Peaks"];

const PAGE = 50;
const POINTS = 1200;
const SETTLED_MS = 3_600_000; // a sealed recording and its shape do not change
const CHOICES_MS = 60_000;

function list(filters: Filters, cursor: string | null, signal: AbortSignal) {
  const query = { ...searchOf(filters), cursor, limit: PAGE };
  return body(api.GET("/api/v1/recordings", { params: { query }, signal }));
}

/** The list under these filters, page by page, newest first. */
export function useRecordings(filters: Filters) {
  const pages = useInfiniteQuery({
    queryKey: ["recordings", "list", filters],
    queryFn: ({ pageParam, signal }) => list(filters, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const since = pages.data?.pages.at(-1)?.since ?? null;
  return { ...pages, since, recordings: pages.data?.pages.flatMap((page) => page.items) ?? [] };
}

/** How many recordings under these filters came above the newest shown; looked for every few seconds. */
export function useNewer(filters: Filters, newest: string | undefined): number {
  const { data } = useQuery({
    queryKey: ["recordings", "newer", filters],
    queryFn: ({ signal }) => list(filters, null, signal),
    refetchInterval: 5000,
    enabled: newest !== undefined,
  });
  return newest === undefined ? 0 : (data?.items.filter((item) => item.id > newest).length ?? 0);
}

/** One recording. */
export function useRecording(id: string | undefined) {
  return useQuery({
    queryKey: ["recordings", "one", id],
    queryFn: ({ signal }) => body(api.GET("/api/v1/recordings/{call_id}", { params: { path: { call_id: id ?? "" } }, signal })),
    enabled: id !== undefined,
    staleTime: SETTLED_MS,
  });
}

/** The shape of a recording that has audio. */
export function usePeaks(id: string | undefined) {
  return useQuery({
    queryKey: ["recordings", "peaks", id],
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/v1/recordings/{call_id}/peaks", {
          params: { path: { call_id: id ?? "" }, query: { points: POINTS } },
          signal,
        }),
      ),
    enabled: id !== undefined,
    staleTime: SETTLED_MS,
  });
}

/** The people and campaigns that can be looked for. */
export function useChoices() {
  return useQuery({
    queryKey: ["recordings", "choices"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/recordings/choices", { signal })),
    staleTime: CHOICES_MS,
  });
}

/** Has the stored audio read again and compared with the seal. */
export function useVerify(id: string) {
  return useMutation({
    mutationKey: ["recordings", "verify", id],
    mutationFn: () => body(api.GET("/api/v1/recordings/{call_id}/verify", { params: { path: { call_id: id } } })),
  });
}

/** Where the browser fetches the audio, range by range; why null = the role's ordinary reason. */
export function audioUrl(id: string, why: string | null): string {
  const said = why === null ? "" : `?${new URLSearchParams({ why }).toString()}`;
  return `/api/v1/recordings/${id}/audio${said}`;
}

/** Whether there is something to hear. */
export function hasAudio(recording: Recording): boolean {
  return recording.status === "present" && (recording.bytes ?? 0) > 0;
}
