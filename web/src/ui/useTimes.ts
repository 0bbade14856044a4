/** Times of the clock are the centre's, wherever the browser is. */
import { useMemo } from "react";
import { useMe } from "@/api/session";
import { TAGS, useLanguage } from "@/i18n";
import { type Times, timesIn } from "./times";

/** Formats in the chosen language and the centre's zone. */
export function useTimes(): Times {
  const { language } = useLanguage();
  const { zone } = useMe();
  return useMemo(() => timesIn(TAGS[language], zone), [language, zone]);
}
