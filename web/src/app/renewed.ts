/** A new version may be installed while a page is open: the files that the page would load next are gone then. */
import type { createBrowserRouter } from "react-router";

const KEY = "tianzhou.renewed";
const AGAIN_MS = 60_000; // a file that is missing in the new version too must not make it load for ever

/** When a page's file cannot be loaded, goes there anew: the browser then gets the version that is there. */
export function reloadWhenRenewed(router: ReturnType<typeof createBrowserRouter>): void {
  window.addEventListener("vite:preloadError", () => {
    if (Date.now() - Number(sessionStorage.getItem(KEY)) < AGAIN_MS) return;
    sessionStorage.setItem(KEY, String(Date.now()));
    const { pathname, search } = router.state.navigation.location ?? window.location;
    window.location.assign(pathname + search);
  });
}
