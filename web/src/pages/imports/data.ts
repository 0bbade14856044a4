/** What the imports page asks the api. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { save } from "@/api/download";
import type { Consent, Import, Meaning } from "./rules";
import { isMoving } from "./rules";

export const IMPORTS_KEY = ["imports"] as const;
const PAGE = 50;
const SOON_MS = 700;
const LATER_MS = 15_000;

/** Imports, the latest first, a page at a time. */
export function useImports() {
  const list = useInfiniteQuery({
    queryKey: [...IMPORTS_KEY, "list"],
    queryFn: ({ pageParam, signal }) => body(api.GET("/api/v1/numbers/imports", { params: { query: { limit: PAGE, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: ({ state }) => (state.data?.pages.some(({ items }) => items.some((each) => isMoving(each.state))) ? SOON_MS : LATER_MS),
  });
  return { ...list, imports: list.data?.pages.flatMap(({ items }) => items) ?? [] };
}

/** One import; looked at again and again while it moves. */
export function useImport(id: string) {
  return useQuery({
    queryKey: [...IMPORTS_KEY, "one", id],
    queryFn: ({ signal }) => body(api.GET("/api/v1/numbers/imports/{import_id}", { params: { path: { import_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data === undefined || isMoving(state.data.state) ? SOON_MS : false),
  });
}

export interface Chosen {
  meanings: Meaning[];
  consent: Consent;
}

/** What would become of its first rows, if it were started so. */
export function useCheck(id: string, chosen: Chosen) {
  return useQuery({
    queryKey: [...IMPORTS_KEY, "check", id, chosen],
    queryFn: ({ signal }) => body(api.POST("/api/v1/numbers/imports/{import_id}/check", { ...of(id), body: chosen, signal })),
    placeholderData: keepPreviousData,
    enabled: chosen.meanings.includes("phone"),
    retry: false,
  });
}

/** An import that waits for its file. */
export function useCreate() {
  return useOrder((made: Schemas["NewImport"]) => body(api.POST("/api/v1/numbers/imports", { body: made })));
}

export function useStart(id: string) {
  return useOrder((chosen: Chosen) => body(api.POST("/api/v1/numbers/imports/{import_id}/start", { ...of(id), body: chosen })));
}

export function useCancel(id: string) {
  return useOrder(() => body(api.POST("/api/v1/numbers/imports/{import_id}/cancel", of(id))));
}

export function useUndo(id: string) {
  return useOrder(() => body(api.POST("/api/v1/numbers/imports/{import_id}/undo", of(id))));
}

/** The file of all rows that are no leads, each with its reason. */
export function useRejects(id: string) {
  return useMutation({
    mutationFn: () => save(api.GET("/api/v1/numbers/imports/{import_id}/rejects", { ...of(id), parseAs: "blob" }), "rejects.csv"),
  });
}

/** A list with its figures as they are now: numbers are used, and their proof may have come since. */
export function useList(campaignId: string, listId: string | null) {
  return useQuery({
    queryKey: [...IMPORTS_KEY, "lists", campaignId],
    queryFn: ({ signal }) => body(api.GET("/api/v1/numbers/lists", { params: { query: { campaign_id: campaignId, limit: 200 } }, signal })),
    select: ({ items }) => items.find(({ id }) => id === listId),
    enabled: listId !== null,
  });
}

/** Files the proof of consent for those of a list's numbers that wait for one. */
export function useGiveConsent(listId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (proof: Consent) => body(api.PUT("/api/v1/numbers/lists/{list_id}/consent", { params: { path: { list_id: listId } }, body: proof })),
    onSettled: () => queries.invalidateQueries({ queryKey: IMPORTS_KEY }),
  });
}

function of(id: string) {
  return { params: { path: { import_id: id } } };
}

/** An order whose answer is shown at once; the list is asked again. */
function useOrder<T>(order: (what: T) => Promise<Import>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: order,
    onSuccess: (changed) => queries.setQueryData([...IMPORTS_KEY, "one", changed.id], changed),
    onSettled: () => queries.invalidateQueries({ queryKey: [...IMPORTS_KEY, "list"] }),
  });
}
