/** Campaigns as the api has them, and what one may order of them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { CAMPAIGNS_KEY } from "@/live/stream";

export type Campaign = Schemas["Campaign"];
export type Order = "start" | "pause";

const PAGE = 200;
const PAGES = 20;

/** All campaigns, newest first. */
export function useCampaigns(isAllowed = true) {
  return useQuery({ queryKey: CAMPAIGNS_KEY, queryFn: allCampaigns, enabled: isAllowed });
}

async function allCampaigns(): Promise<Campaign[]> {
  const found: Campaign[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await body(api.GET("/api/v1/campaigns", { params: { query: { limit: PAGE, cursor } } }));
    found.push(...answer.items);
    if (answer.next === null) break;
    cursor = answer.next;
  }
  return found;
}

/** Shows at once what the api answered. */
function useShow() {
  const queries = useQueryClient();
  return (changed: Campaign) => {
    queries.setQueryData<Campaign[]>(CAMPAIGNS_KEY, (known) => {
      if (known === undefined) return known;
      const isKnown = known.some(({ id }) => id === changed.id);
      return isKnown ? known.map((item) => (item.id === changed.id ? changed : item)) : [changed, ...known];
    });
    void queries.invalidateQueries({ queryKey: CAMPAIGNS_KEY });
  };
}

/** Starts or pauses a campaign. */
export function useOrder() {
  const show = useShow();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, order }: { id: string; order: Order }) => {
      const params = { params: { path: { campaign_id: id } } };
      return order === "start"
        ? body(api.POST("/api/v1/campaigns/{campaign_id}/start", params))
        : body(api.POST("/api/v1/campaigns/{campaign_id}/pause", params));
    },
    onSuccess: show,
    onError: () => queries.invalidateQueries({ queryKey: CAMPAIGNS_KEY }),
  });
}

/** Stops a campaign for good. */
export function useStop() {
  const show = useShow();
  return useMutation({
    mutationFn: ({ id, how }: { id: string; how: Schemas["How"] }) =>
      body(api.POST("/api/v1/campaigns/{campaign_id}/stop", { params: { path: { campaign_id: id } }, body: { how } })),
    onSuccess: show,
  });
}

/** Makes a draft. */
export function useCreate() {
  const show = useShow();
  return useMutation({
    mutationFn: (made: Schemas["NewCampaign"]) => body(api.POST("/api/v1/campaigns", { body: made })),
    onSuccess: show,
  });
}

/** Changes what is said; everything else stays. */
export function useChange(id: string) {
  const show = useShow();
  return useMutation({
    mutationFn: (change: Schemas["ChangeCampaign"]) =>
      body(api.PATCH("/api/v1/campaigns/{campaign_id}", { params: { path: { campaign_id: id } }, body: change })),
    onSuccess: show,
  });
}
