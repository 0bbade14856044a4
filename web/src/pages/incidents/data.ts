/** What the incidents page asks the api. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { INCIDENTS_KEY } from "@/live/stream";
import type { Which } from "./rules";

export type Incident = Schemas["Incident"];

const ASK_MS = 10_000; // for those who do not watch the floor; all others hear of it at once
const PAGE = 50;

/** Incidents, the latest first, a page at a time. */
export function useIncidents(which: Which) {
  const list = useInfiniteQuery({
    queryKey: [...INCIDENTS_KEY, "list", which],
    queryFn: ({ pageParam, signal }) => body(api.GET("/api/v1/incidents", { params: { query: { ...asked(which), limit: PAGE, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ASK_MS,
  });
  return { ...list, incidents: list.data?.pages.flatMap(({ items }) => items) ?? [] };
}

function asked(which: Which) {
  return which === "mine" ? { which: "open" as const, mine: true } : { which };
}

/** One incident, wherever it stands in the list. */
export function useIncident(id: string | undefined) {
  return useQuery({
    queryKey: [...INCIDENTS_KEY, "one", id],
    queryFn: ({ signal }) => body(api.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: id ?? "" } }, signal })),
    enabled: id !== undefined,
  });
}

/** Takes one over. */
export function useTake() {
  return useOrder((id: string) => body(api.POST("/api/v1/incidents/{incident_id}/take", { params: { path: { incident_id: id } } })));
}

/** Closes one, with what was found and done. */
export function useClose() {
  return useOrder(({ id, resolution }: { id: string; resolution: string }) =>
    body(api.POST("/api/v1/incidents/{incident_id}/close", { params: { path: { incident_id: id } }, body: { resolution } })),
  );
}

/** An order after which all that is shown of incidents is asked again, whether it was carried out or refused. */
function useOrder<T>(order: (what: T) => Promise<Incident>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: order, onSettled: () => queries.invalidateQueries({ queryKey: INCIDENTS_KEY }) });
}
