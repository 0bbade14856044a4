/** How a campaign is paced, as the api tells it, and changes of it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { CAMPAIGNS_KEY } from "@/live/stream";

export type Pacing = Schemas["Pacing"];
export type Stats = Schemas["Stats"];
export type Moment = Schemas["Moment"];
export type Change = Schemas["ChangePacing"];

const LIVE_MS = 1000;
const PLOT_MS = 5000;

const path = (campaign_id: string) => ({ params: { path: { campaign_id } } });

/** The settings and who changed them. */
export function usePacing(id: string) {
  return useQuery({
    queryKey: ["pacing", id],
    queryFn: () => body(api.GET("/api/v1/campaigns/{campaign_id}/pacing", path(id))),
  });
}

/** Live figures, each second. */
export function useStats(id: string) {
  return useQuery({
    queryKey: ["pacing", id, "stats"],
    queryFn: () => body(api.GET("/api/v1/campaigns/{campaign_id}/stats", path(id))),
    refetchInterval: LIVE_MS,
  });
}

/** Why it dials as it does, in words. */
export function useWhy(id: string) {
  return useQuery({
    queryKey: ["pacing", id, "why"],
    queryFn: () => body(api.GET("/api/v1/campaigns/{campaign_id}/why", path(id))),
    refetchInterval: PLOT_MS,
  });
}

/** The last minutes. */
export function useMoments(id: string, minutes: number) {
  const asked = { params: { path: { campaign_id: id }, query: { minutes } } };
  return useQuery({
    queryKey: ["pacing", id, "moments", minutes],
    queryFn: () => body(api.GET("/api/v1/campaigns/{campaign_id}/pacing/moments", asked)),
    refetchInterval: PLOT_MS,
  });
}

/** Changes the settings; everything that shows them looks again. */
export function useChangePacing(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: Change) =>
      body(api.PATCH("/api/v1/campaigns/{campaign_id}/pacing", { ...path(id), body: change })),
    onSuccess: (changed) => {
      queries.setQueryData(["pacing", id], changed);
      void queries.invalidateQueries({ queryKey: ["pacing", id] });
      void queries.invalidateQueries({ queryKey: CAMPAIGNS_KEY });
    },
  });
}

/** What other limits would bring; takes some seconds. */
export function useWhatIf(id: string) {
  return useMutation({
    mutationFn: (abandon_limits: number[]) =>
      body(
        api.POST("/api/v1/campaigns/{campaign_id}/pacing/simulate", {
          ...path(id),
          body: { abandon_limits, hours: 1, days: 2 },
        }),
      ),
  });
}
