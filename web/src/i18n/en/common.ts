import type { Texts } from "../zh";

export const common: Texts["common"] = {
  product: "Tianzhou",
  centre: "Outbound call centre",
  cancel: "Cancel",
  close: "Close",
  save: "Save",
  loading: "Loading",
  notFound: "There is no such page",
  notFoundHint: "The address may be mistyped, or the page has moved.",
  notAllowed: "Your role may not use this page",
  notAllowedHint: "If you need it, ask a manager to give you a role that may.",
  goHome: "Back to the first page",
  failed: "Something went wrong on this page",
  failedHint: "Reload it. If that does not help, tell the system administrator.",
  reload: "Reload",
};
