/** Who is logged in: asked once at the start, then kept until somebody logs out. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { api, body, keepCsrfToken, type Schemas } from "./client";
import { Problem } from "./problem";
import { may, type Right } from "./roles";

export type Me = Schemas["Me"];

/** How the last session ended, in the cache: by its own person, or by itself. */
export const ENDED_KEY = ["ended"] as const;
export type Ended = "left" | "expired";

/** The person of this browser's session; null when nobody is logged in. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async (): Promise<Me | null> => {
    try {
      const me = await body(api.GET("/api/v1/auth/me"));
      keepCsrfToken(me.csrf_token);
      return me;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: Infinity,
});

/** The person whom the shell let in. Handed down and not read from the cache by each part: at a log-out a part may be
 *  drawn once more before the shell takes it away, and must find somebody. */
export const MeContext = createContext<Me | null>(null);

/** The person logged in; only below the shell. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (me === null) throw new Error("nobody is logged in");
  return me;
}

/** Whether the person logged in has the right. */
export function useMay(right: Right): boolean {
  return may(useMe().roles, right);
}

/** Logs in with the cookie; nothing of somebody else's session stays in the cache. */
export function useLogIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (typed: Schemas["Credentials"]) => body(api.POST("/api/v1/auth/login", { body: typed })),
    onSuccess: (answer) => {
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== meQuery.queryKey[0] });
      keepCsrfToken(answer.csrf_token);
      queries.setQueryData(meQuery.queryKey, answer.user); // not cleared before: who looks at it must be told
    },
  });
}

/** Ends this session. */
export function useLogOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.DELETE("/api/v1/auth/token"),
    onSuccess: () => {
      queries.setQueryData<Ended>(ENDED_KEY, "left");
      queries.setQueryData(meQuery.queryKey, null);
    },
  });
}
