import { useMemo } from "react";
import { useMay } from "@/api/session";
import { useCampaigns } from "../campaigns/data";

/** Seconds of wrap-up that each campaign allows; those who may not read campaigns get none. */
export function useWrapUps(): ReadonlyMap<string, number> {
  const { data } = useCampaigns(useMay("readCampaigns"));
  return useMemo(() => new Map(data?.map((campaign) => [campaign.id, campaign.wrap_up_s])), [data]);
}
