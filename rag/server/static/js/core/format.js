// Dates, sizes and names of kinds as a reader of the page's language writes them.

import { has, language, t } from "./i18n.js";

const PARTIAL = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/;

/** Write a clinical date of any precision: `2026`, `2026-03`, `2026-03-12`, an instant. The precision is kept, never invented. */
export function date(value, style = "medium") {
  const parts = PARTIAL.exec(value ?? "");
  if (!parts) return t("undated");
  const [, year, month, day] = parts;
  if (!month) return year;
  const options = { year: "numeric", month: style === "long" ? "long" : "short", timeZone: "UTC" };
  if (day) options.day = "numeric";
  return new Intl.DateTimeFormat(locale(), options).format(Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1)));
}

/** Write an instant with its time, in the reader's own time zone. */
export function moment(value) {
  const instant = new Date(value);
  return Number.isNaN(instant.getTime()) ? t("undated") : new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(instant);
}

/** Write a period, open at either end. */
export function period(from, to) {
  if (!from && !to) return t("undated");
  if (from && to && date(from) === date(to)) return date(from);
  return t("period", { from: from ? date(from) : "…", to: to ? date(to) : "…" });
}

/** Write seconds with one decimal, e.g. `0,4 s`. */
export function seconds(milliseconds) {
  return `${number(milliseconds / 1000, 1)} s`;
}

/** Write a number with at most so many decimals. */
export function number(value, decimals = 0) {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: decimals }).format(value);
}

/** Write a size in bytes. */
export function size(bytes) {
  const units = language() === "fr" ? ["o", "ko", "Mo", "Go"] : ["B", "kB", "MB", "GB"];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${number(bytes / 1000 ** step, step > 1 ? 1 : 0)} ${units[step]}`;
}

/** Name a kind of document: known ones in words, others as they are written. */
export function kind(name) {
  return has(`kind.${name}`) ? t(`kind.${name}`) : (name ?? "").replaceAll("_", " ");
}

const KINDS_NAMED = 5;

/** List kinds with their counts, the most frequent first: `consultation (2), biology (1)`; of many, the rest as one. */
export function kinds(counts) {
  const all = Object.entries(counts ?? {}).sort(([, a], [, b]) => b - a);
  const named = all.length > KINDS_NAMED + 1 ? all.slice(0, KINDS_NAMED) : all;
  const others = all.slice(named.length).reduce((sum, [, count]) => sum + count, 0);
  return [...named, ...(others ? [["others", others]] : [])]
    .map(([name, count]) => `${kind(name).toLocaleLowerCase(locale())}\u00a0(${number(count)})`)
    .join(", ");
}

/** Order texts as a reader of the language expects. */
export function compare(a, b) {
  return a.localeCompare(b, locale(), { numeric: true, sensitivity: "base" });
}

function locale() {
  return language() === "fr" ? "fr-FR" : "en-GB";
}
