/** Choices that stay in this browser; without storage (private windows) they last as long as the page. */

export type Choice = "language" | "scheme" | "floor";

const PREFIX = "tianzhou.";

/** What was chosen last time, or null. */
export function recall(choice: Choice): string | null {
  try {
    return localStorage.getItem(PREFIX + choice);
  } catch {
    return null;
  }
}

/** Keeps a choice for next time. */
export function remember(choice: Choice, value: string): void {
  try {
    localStorage.setItem(PREFIX + choice, value);
  } catch {
    // the choice holds for this page
  }
}
