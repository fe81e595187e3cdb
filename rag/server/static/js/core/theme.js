// Light, dark, or as the system says.

import { keep, kept } from "./storage.js";

const ORDER = ["auto", "light", "dark"];

/** Return the theme chosen: `auto`, `light` or `dark`. */
export function theme() {
  return ORDER.includes(kept("theme")) ? kept("theme") : (document.documentElement.dataset.theme ?? "auto");
}

/** Choose the next theme and return it. */
export function nextTheme() {
  const next = ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length];
  keep("theme", next);
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  return next;
}
