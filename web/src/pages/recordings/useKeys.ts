import { useEffect } from "react";

/** What each key does; a key without a deed is left to the browser. */
export type Keys = Partial<Record<string, () => void>>;

const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable], [role=dialog]";
const PRESSING = "button, a, [role=slider], [role=radio], input";

/** Keys for the whole page; they stay silent while somebody types, and leave space and arrows to a focused control. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const deed = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (deed === undefined || event.ctrlKey || event.metaKey || event.altKey || belongsToControl(event)) return;
      event.preventDefault();
      deed();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [keys]);
}

function belongsToControl({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  const isControlKey = key === " " || key.startsWith("Arrow");
  return target.closest(TYPING) !== null || (isControlKey && target.closest(PRESSING) !== null);
}
