/** What the numbers page asks the api, and the orders it gives. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api, body, type Schemas } from "@/api/client";

export const NUMBERS_KEY = ["numbers"] as const;
const ASK_MS = 3000;
const PAGE = 30;
const ALL = 200;

/** The teams that the person may see: a leader his own. */
export function useTeams() {
  return useQuery({
    queryKey: [...NUMBERS_KEY, "teams"],
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/teams", { params: { query: { limit: ALL } }, signal }))).items,
    staleTime: 30_000,
  });
}

/** Who may be put into a team, or lead one. */
export function useSellers() {
  return useQuery({
    queryKey: [...NUMBERS_KEY, "sellers"],
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/sellers", { params: { query: { limit: ALL } }, signal }))).items,
  });
}

/** Who has how many numbers. */
export function useHoldings() {
  return useQuery({
    queryKey: [...NUMBERS_KEY, "holdings"],
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/numbers/holdings", { signal }))).items,
    refetchInterval: ASK_MS,
  });
}

/** What may be drawn. */
export function useStock(campaignId: string | undefined) {
  return useQuery({
    queryKey: [...NUMBERS_KEY, "stock", campaignId],
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/numbers/stock", { params: { query: { campaign_id: campaignId } }, signal }))).items,
    refetchInterval: 3 * ASK_MS,
    placeholderData: keepPreviousData,
  });
}

/** Numbers that are not where the moves say. */
export function useDifferences() {
  return useQuery({
    queryKey: [...NUMBERS_KEY, "differences"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/numbers/differences", { signal })),
    refetchInterval: 3 * ASK_MS,
  });
}

/** Moves, the newest first; of one person when he is named. */
export function useMoves(userId: string | undefined) {
  const list = useInfiniteQuery({
    queryKey: [...NUMBERS_KEY, "moves", userId],
    queryFn: ({ pageParam, signal }) =>
      body(api.GET("/api/v1/numbers/moves", { params: { query: { user_id: userId, limit: PAGE, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: 2 * ASK_MS,
  });
  return { ...list, moves: list.data?.pages.flatMap(({ items }) => items) ?? [] };
}

/** One move with its numbers, and where each is now. */
export function useMove(id: string) {
  return useQuery({
    queryKey: [...NUMBERS_KEY, "move", id],
    queryFn: ({ signal }) => body(api.GET("/api/v1/numbers/moves/{move_id}", { params: { path: { move_id: id } }, signal })),
  });
}

/** Numbers that agents tried to call by hand and may not, the newest first. */
export function useRefused() {
  return useQuery({
    queryKey: [...NUMBERS_KEY, "refused"],
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/numbers/refused", { params: { query: { limit: PAGE } }, signal }))).items,
    refetchInterval: 3 * ASK_MS,
  });
}

/** Shifts that were closed, the newest first. */
export function useShifts() {
  return useQuery({
    queryKey: [...NUMBERS_KEY, "shifts"],
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/numbers/shifts", { params: { query: { limit: ALL } }, signal }))).items,
  });
}

type Unsigned<T> = Omit<T, "request_id">;

export const useDraw = () => useOrder((made: Schemas["Draw"]) => body(api.POST("/api/v1/numbers/draws", { body: made })));
export const useIssue = () => useOrder((made: Schemas["Issue"]) => body(api.POST("/api/v1/numbers/issues", { body: made })));
export const useTakeBack = () => useOrder((made: Schemas["TakeBack"]) => body(api.POST("/api/v1/numbers/take-backs", { body: made })));
export const useReturn = () => useOrder((made: Schemas["Return"]) => body(api.POST("/api/v1/numbers/returns", { body: made })));
export const useTransfer = () => useOrder((made: Schemas["Transfer"]) => body(api.POST("/api/v1/numbers/transfers", { body: made })));
export const useSettle = () => useOrder((made: Schemas["Settle"]) => body(api.POST("/api/v1/numbers/differences/settle", { body: made })));
export const useCloseShift = () => useOrder((made: Schemas["CloseShift"]) => body(api.POST("/api/v1/numbers/shifts/close", { body: made })));

/** Takes one move back, or all moves of an order, one after the other. */
export function useUndo() {
  return useOrder(async ({ ids, why, request_id }: { ids: string[]; why: string; request_id: string }) => {
    for (const [n, id] of ids.entries()) {
      const undo = { request_id: n === 0 ? request_id : newId(), why };
      await body(api.POST("/api/v1/numbers/moves/{move_id}/undo", { params: { path: { move_id: id } }, body: undo }));
    }
  });
}

/** An order that is carried out once, however often it is sent: the same words go under the same id until they were
 *  answered. After it, all that is shown of numbers is asked again. */
function useOrder<T extends { request_id: string }, A>(order: (made: T) => Promise<A>) {
  const queries = useQueryClient();
  const sent = useRef<{ words: string; id: string }>(null);
  return useMutation({
    mutationFn: (said: Unsigned<T>) => {
      const words = JSON.stringify(said);
      if (sent.current?.words !== words) sent.current = { words, id: newId() };
      return order({ ...said, request_id: sent.current.id } as T);
    },
    onSuccess: () => {
      sent.current = null;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: NUMBERS_KEY }),
  });
}

/** A random UUID; made here because the browser's own is missing where the page came without TLS. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, n) => (n === 6 ? (byte & 0x0f) | 0x40 : n === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export interface TeamDraft {
  id: string | null;
  name: string;
  leader_id: string;
  quota: number;
  agent_ids: string[];
}

/** Makes or changes a team, then its agents; a team whose agents were refused is there, and is changed the next time. */
export function useKeepTeam() {
  const queries = useQueryClient();
  const made = useRef<string>(null);
  return useMutation({
    mutationFn: async ({ id, name, leader_id, quota, agent_ids }: TeamDraft) => {
      const about = { name, leader_id, quota };
      const known = id ?? made.current;
      const kept =
        known === null
          ? await body(api.POST("/api/v1/teams", { body: about }))
          : await body(api.PATCH("/api/v1/teams/{team_id}", { params: { path: { team_id: known } }, body: about }));
      made.current = kept.id;
      return body(api.PUT("/api/v1/teams/{team_id}/members", { params: { path: { team_id: kept.id } }, body: { agent_ids } }));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: NUMBERS_KEY }),
  });
}
