// The words of the page, in French and English. The two files have the same keys; a test compares them.

import { keep } from "./storage.js";

const LANGUAGES = ["fr", "en"];
let words = {};
let plural = new Intl.PluralRules("fr");

/** The language of the page, `fr` or `en`. */
export function language() {
  return document.documentElement.lang;
}

/** Load the words of a language and keep the choice. */
export async function useLanguage(code) {
  const chosen = LANGUAGES.includes(code) ? code : "fr";
  const answer = await fetch(`/static/i18n/${chosen}.json`);
  words = await answer.json();
  plural = new Intl.PluralRules(chosen);
  document.documentElement.lang = chosen;
}

/** Change the language for good. */
export async function chooseLanguage(code) {
  keep("language", code);
  await useLanguage(code);
}

/** Return the words of a key; `{name}` takes the variable of that name, `count` chooses between `one` and `other`. */
export function t(key, variables = {}) {
  const entry = words[key];
  if (entry === undefined) return key;
  const text = typeof entry === "string" ? entry : (entry[plural.select(variables.count ?? 0)] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in variables ? String(variables[name]) : whole));
}

/** Tell whether there are words for a key. */
export function has(key) {
  return key in words;
}
