// Sets colours and language before the first paint; a file of its own because the policy allows no inline script.
(() => {
  const root = document.documentElement;
  const stored = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const scheme = stored("tianzhou.scheme") ?? "auto";
  const dark = scheme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : scheme === "dark";
  root.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  root.lang = stored("tianzhou.language") === "en" ? "en" : "zh-CN";
})();
