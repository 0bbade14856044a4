/** What the player asks the api about hearing: why, who did, notes, the call's course. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, body, type Schemas } from "@/api/client";
import { save } from "@/api/download";
import { useMe } from "@/api/session";

export type Note = Schemas["Note"];
export type Listening = Schemas["Listening"];

const SETTLED_MS = 3_600_000;
const NOTES_MAX = 200;
const PREFIX = "tianzhou.why.";

/** The notes of a recording, the first second first. */
export function useNotes(id: string) {
  return useQuery({
    queryKey: ["recordings", "notes", id],
    queryFn: async ({ signal }) => {
      const params = { path: { call_id: id }, query: { limit: NOTES_MAX } };
      const { items } = await body(api.GET("/api/v1/recordings/{call_id}/notes", { params, signal }));
      return items.sort((one, other) => one.at_s - other.at_s);
    },
  });
}

export function useAddNote(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (note: Schemas["NewNote"]) =>
      body(api.POST("/api/v1/recordings/{call_id}/notes", { params: { path: { call_id: id } }, body: note })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["recordings", "notes", id] }),
  });
}

export function useWithdrawNote(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (note_id: string) =>
      body(api.DELETE("/api/v1/recordings/{call_id}/notes/{note_id}", { params: { path: { call_id: id, note_id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["recordings", "notes", id] }),
  });
}

/** The call's happenings on the seconds of its audio. */
export function useTimeline(id: string) {
  return useQuery({
    queryKey: ["recordings", "timeline", id],
    queryFn: ({ signal }) => body(api.GET("/api/v1/recordings/{call_id}/timeline", { params: { path: { call_id: id } }, signal })),
    staleTime: SETTLED_MS,
  });
}

/** Who heard it, the last one first; asked for anew whenever it is looked at. */
export function useListenings(id: string) {
  const pages = useInfiniteQuery({
    queryKey: ["recordings", "listenings", id],
    queryFn: ({ pageParam, signal }) => {
      const params = { path: { call_id: id }, query: { cursor: pageParam } };
      return body(api.GET("/api/v1/recordings/{call_id}/listenings", { params, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? undefined,
    staleTime: 0,
  });
  return { ...pages, listenings: pages.data?.pages.flatMap((page) => page.items) ?? [] };
}

/** Tells the api why somebody listens who has begun to. */
export function useSayWhy() {
  return useMutation({
    mutationFn: ({ id, why }: { id: string; why: string }) =>
      body(api.POST("/api/v1/recordings/{call_id}/listenings", { params: { path: { call_id: id } }, body: { why } })),
  });
}

/** A clip as a file, saved by the browser. */
export function useTakeClip(id: string) {
  return useMutation({
    mutationFn: (clip: Schemas["NewClip"]) =>
      save(
        api.POST("/api/v1/recordings/{call_id}/clips", { params: { path: { call_id: id } }, body: clip, parseAs: "blob" }),
        `clip.${clip.form}`,
      ),
  });
}

/** The call's evidence as a zip, saved by the browser. */
export function useTakeEvidence(id: string) {
  return useMutation({
    mutationFn: (reason: string) =>
      save(
        api.POST("/api/v1/calls/{call_id}/evidence", { params: { path: { call_id: id } }, body: { reason }, parseAs: "blob" }),
        "evidence.zip",
      ),
  });
}

/** The customer's whole number. */
export function useRevealNumber(id: string) {
  return useMutation({
    mutationFn: (why: string) =>
      body(api.POST("/api/v1/calls/{call_id}/number", { params: { path: { call_id: id } }, body: { why } })),
  });
}

/** Why this person listens, chosen once and kept while the browser's tab is open; null = the role's ordinary reason. */
export function useWhy(): [string | null, (why: string | null) => void] {
  const key = PREFIX + useMe().id;
  const [why, setWhy] = useState(() => sessionStorage.getItem(key));
  const keep = (chosen: string | null) => {
    if (chosen === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, chosen);
    setWhy(chosen);
  };
  return [why, keep];
}
