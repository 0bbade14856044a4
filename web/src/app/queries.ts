/** The cache of what the api said, and what happens when it says that nobody is logged in. */
import { QueryClient } from "@tanstack/react-query";
import { whenLoggedOut } from "@/api/client";
import { Problem } from "@/api/problem";
import { ENDED_KEY, type Ended, meQuery } from "@/api/session";
import { whenBack } from "@/live/server";

const RETRY_MS = 1500;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (_count, error) => error instanceof Problem && error.isAway,
      retryDelay: RETRY_MS,
      staleTime: 5000,
    },
    mutations: { retry: false },
  },
});

whenLoggedOut(() => {
  if (queries.getQueryData(meQuery.queryKey) == null) return;
  queries.setQueryData<Ended>(ENDED_KEY, "expired");
  queries.setQueryData(meQuery.queryKey, null);
});
whenBack(() => void queries.invalidateQueries());
