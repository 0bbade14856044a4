/** The emergency stop: everybody sees it; some may order or lift it. */
import { skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import type { EmergencyStop, Floor } from "./changes";
import { FLOOR_KEY } from "./stream";
import { useFloor } from "./useFloor";

const KEY = ["emergency-stop"] as const;
const ASK_MS = 5000;

/** The stop as it is; those who watch the floor see it at once, all others within seconds. */
export function useEmergencyStop(): EmergencyStop | undefined {
  const watches = useMay("watchFloor");
  const live = useFloor((floor) => floor.emergency_stop);
  const { data } = useQuery({
    queryKey: KEY,
    queryFn: watches ? skipToken : () => body(api.GET("/api/v1/emergency-stop")),
    refetchInterval: ASK_MS,
  });
  return watches ? live : data;
}

/** Orders or lifts it, and shows at once what the api said. */
export function useStopEverything() {
  const queries = useQueryClient();
  const show = (stop: EmergencyStop) => {
    queries.setQueryData(KEY, stop);
    queries.setQueryData<Floor>(FLOOR_KEY, (floor) => floor && { ...floor, emergency_stop: stop });
  };
  const order = useMutation({
    mutationFn: (wanted: Schemas["StopEverything"]) => body(api.POST("/api/v1/emergency-stop", { body: wanted })),
    onSuccess: show,
  });
  const lift = useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/emergency-stop")),
    onSuccess: show,
  });
  return { order, lift };
}
