import type { Texts } from "../zh";

export const floor: Texts["floor"] = {
  title: "Live floor",
};
