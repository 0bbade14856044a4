/** What holds for the whole centre: its time zone, and whether it only practises. */
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export const centreQuery = queryOptions({
  queryKey: ["centre"],
  queryFn: () => body(api.GET("/api/v1/centre")),
  staleTime: Infinity,
});

/** The centre's facts; only below `RequireLogin`. */
export function useCentre(): Schemas["Centre"] {
  return useSuspenseQuery(centreQuery).data;
}
