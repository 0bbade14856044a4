/** The language of the page: Chinese first, English complete. Both have the same keys, or the build fails. */
import { createContext, use, useCallback, useEffect, useState, type ReactNode } from "react";
import { recall, remember } from "@/app/remembered";
import { en } from "./en";
import { zh, type Texts } from "./zh";

export type { Texts };
export type Language = "zh" | "en";

export const TAGS: Record<Language, string> = { zh: "zh-CN", en: "en" };
const TEXTS: Record<Language, Texts> = { zh, en };

interface Spoken {
  language: Language;
  texts: Texts;
  speak: (language: Language) => void;
}

const Context = createContext<Spoken | null>(null);

/** Gives all below it their language, and remembers the choice. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => (recall("language") === "en" ? "en" : "zh"));
  const speak = useCallback((chosen: Language) => {
    remember("language", chosen);
    setLanguage(chosen);
  }, []);
  useEffect(() => {
    document.documentElement.lang = TAGS[language];
  }, [language]);
  return <Context value={{ language, texts: TEXTS[language], speak }}>{children}</Context>;
}

/** The language, its texts, and how to change it. */
export function useLanguage(): Spoken {
  const spoken = use(Context);
  if (spoken === null) throw new Error("no LanguageProvider");
  return spoken;
}

/** All texts in the chosen language. */
export function useTexts(): Texts {
  return useLanguage().texts;
}
