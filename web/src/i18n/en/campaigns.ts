import type { Texts } from "../zh";

export const campaigns: Texts["campaigns"] = {
  title: "Campaigns",
};
