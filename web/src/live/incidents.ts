/** How many incidents wait for somebody; the shell shows it on every page. */
import { skipToken, useQuery } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { INCIDENTS_KEY } from "./stream";

export type IncidentStanding = Schemas["IncidentStanding"];

const ASK_MS = 10_000; // who watches the floor hears of it at once; all others within this

/** The standing, for those who may read incidents. */
export function useIncidentStanding(): IncidentStanding | undefined {
  const reads = useMay("readIncidents");
  return useQuery({
    queryKey: [...INCIDENTS_KEY, "standing"],
    queryFn: reads ? ({ signal }) => body(api.GET("/api/v1/incidents/standing", { signal })) : skipToken,
    refetchInterval: ASK_MS,
  }).data;
}
