/** What the completeness page asks the api. */
import { keepPreviousData, queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { addDays } from "@/days";
import { INCIDENTS_KEY } from "@/live/stream";

export type Completeness = Schemas["Completeness"];
export type OpenCall = Schemas["OpenCall"];

export const STRIP_DAYS = 14;
const LIVE_MS = 3000;
const SETTLED_MS = 600_000;

function dayQuery(day: string) {
  return queryOptions({
    queryKey: ["completeness", day],
    queryFn: ({ signal }) => body(api.GET("/api/v1/completeness", { params: { query: { day } }, signal })),
  });
}

/** One day's figures; while they may still change they are asked again every few seconds. */
export function useDay(day: string, today: string) {
  return useQuery({
    ...dayQuery(day),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (day === today || (state.data?.open ?? 0) > 0 ? LIVE_MS : false),
  });
}

/** The days up to and with today, oldest first; past days are kept. */
export function useStrip(today: string): { day: string; counted: Completeness | undefined }[] {
  const days = Array.from({ length: STRIP_DAYS }, (_, index) => addDays(today, index - STRIP_DAYS + 1));
  const answers = useQueries({
    queries: days.map((day) => ({ ...dayQuery(day), staleTime: day === today ? LIVE_MS : SETTLED_MS })),
  });
  return days.map((day, index) => ({ day, counted: answers[index]?.data }));
}

/** The day's open calls, the latest first. */
export function useOpenCalls(day: string, isSome: boolean) {
  return useQuery({
    queryKey: ["completeness", "open", day],
    queryFn: ({ signal }) => body(api.GET("/api/v1/completeness/open", { params: { query: { day } }, signal })),
    refetchInterval: LIVE_MS,
    enabled: isSome,
  });
}

/** What is open about the day, the latest first. */
export function useDayIncidents(day: string, isSome: boolean) {
  return useQuery({
    queryKey: [...INCIDENTS_KEY, "day", day],
    queryFn: ({ signal }) => body(api.GET("/api/v1/incidents", { params: { query: { day } }, signal })),
    refetchInterval: LIVE_MS,
    enabled: isSome,
  });
}
