// Single-key shortcuts. They are silent while something is typed and can be switched off (WCAG 2.1.4).

import { keep, kept } from "./storage.js";

const shortcuts = [];
let prefix = "";
let prefixTimer = 0;

/** Declare a shortcut: `keys` as typed (`?`, `/`, `g d`), `label` the key of its words, `run` returns false where it did nothing. */
export function shortcut(keys, label, run) {
  shortcuts.push({ keys, label, run });
}

/** The shortcuts declared, in order. */
export function declared() {
  return shortcuts.map(({ keys, label }) => ({ keys, label }));
}

/** Tell whether single keys act. */
export function areOn() {
  return kept("shortcuts") !== "off";
}

/** Switch single keys on or off. */
export function switchShortcuts(on) {
  keep("shortcuts", on ? "on" : "off");
}

/** Listen to the keyboard from now on. */
export function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key !== "Escape" && (isTyping(event.target) || !areOn())) return;
    const typed = prefix ? `${prefix} ${event.key}` : event.key;
    remember("");
    const found = shortcuts.find(({ keys }) => keys === typed);
    if (found && found.run(event) !== false) event.preventDefault();
    else if (!found && shortcuts.some(({ keys }) => keys.startsWith(`${typed} `))) remember(typed);
  });
}

function remember(key) {
  prefix = key;
  window.clearTimeout(prefixTimer);
  if (key) prefixTimer = window.setTimeout(() => (prefix = ""), 1200);
}

function isTyping(element) {
  return element.isContentEditable || element.tagName === "TEXTAREA" || element.tagName === "SELECT" || (element.tagName === "INPUT" && !["checkbox", "radio", "button", "range"].includes(element.type));
}
