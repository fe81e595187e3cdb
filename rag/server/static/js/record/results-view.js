// The table of results: a line an analyte, a column a day, what lies outside its range marked by a sign, its words and its weight.

import { openDialog } from "../core/dialog.js";
import { fill, h } from "../core/dom.js";
import { compare, date, number } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { nothing } from "./coverage.js";
import { curve } from "./plot.js";
import { analytesOf, daysOf, isAbnormal, plotted } from "./results.js";
import { sourced } from "./sources.js";

const DAYS_SHOWN = 6;
const SIGNS = { HH: "↑↑", H: "↑", LL: "↓↓", L: "↓", A: "!" };

/** Draw the results of a record. */
export function resultsView(record) {
  const analytes = analytesOf(record.facts, compare);
  if (analytes.length === 0) return nothing(record, "record.results_none");
  const days = daysOf(analytes);
  const region = h("div", { class: "results-region", role: "region", tabindex: "0", "aria-label": t("record_tab.results") });
  const draw = (shown) => fill(region, table(record, analytes, shown));
  const older = h("button", { type: "button", class: "button", on: { click: () => { draw(days); older.remove(); region.focus(); } } }, t("record.older", { count: days.length - DAYS_SHOWN }));
  draw(days.slice(0, DAYS_SHOWN));
  return h("div", {}, h("p", { class: "hint" }, t("record.results_about")), region, days.length > DAYS_SHOWN ? older : null);
}

function table(record, analytes, days) {
  const shown = analytes.filter(({ readings }) => readings.some(({ day }) => days.includes(day)));
  const head = h("tr", {}, h("th", { scope: "col" }, t("column.analyte")), days.map((day) => h("th", { scope: "col" }, day ? h("time", { datetime: day }, date(day)) : t("undated"))));
  const kinds = [...new Set(shown.map(({ kind }) => kind))];
  const bodies = kinds.map((kind) => h("tbody", {}, kinds.length > 1 ? h("tr", { class: "results-kind" }, h("th", { scope: "rowgroup", colspan: days.length + 1 }, h("span", {}, t(`fact_kind.${kind}`)))) : null, shown.filter((one) => one.kind === kind).map((one) => row(record, one, days))));
  return h("table", { class: "results" }, h("caption", { class: "visually-hidden" }, t("record_tab.results")), h("thead", {}, head), bodies);
}

function row(record, one, days) {
  const open = () => openDialog({ title: one.name, content: curve(one), wide: true });
  const button = plotted(one).length > 1 ? h("button", { type: "button", class: "button-icon button-small", "aria-label": t("record.curve", { name: one.name }), title: t("record.curve", { name: one.name }), on: { click: open } }, icon("chart")) : null;
  const range = rangeWords(one);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("div", { class: "results-name" }, h("span", {}, one.name, range ? h("span", { class: "hint" }, ` ${range}`) : null), button)),
    days.map((day) => h("td", {}, one.readings.filter((reading) => reading.day === day).map((reading) => cell(record, reading)))),
  );
}

function cell(record, reading) {
  const { fact, standing: said, isUnsure } = reading;
  const words = fact.value_text || number(fact.value, 6);
  const sign = isAbnormal(said) ? h("span", { class: "sign" }, h("span", { "aria-hidden": "true" }, SIGNS[said]), h("span", { class: "visually-hidden" }, ` ${t(`standing.${said}`)}`)) : null;
  const note = [said === "unusable" ? t("standing.unusable") : null, isUnsure ? t("record.unsure") : null, fact.status === "corrected" || fact.status === "preliminary" ? t(`fact_status.${fact.status}`) : null].filter(Boolean);
  const style = isAbnormal(said) ? "fact fact-abnormal" : "fact";
  return h("div", {}, sourced(record, reading.facts, [words, sign ? [" ", sign] : null], style), note.length ? h("span", { class: "hint" }, ` ${note.join(", ")}`) : null);
}

/** Write a range of reference: `[3,5 – 5]`; an open end says from or up to. */
export function rangeWords({ range }) {
  const { low, high } = range;
  const shown = (value) => number(value, 4);
  const ends = low !== null && high !== null ? `${shown(low)} – ${shown(high)}` : low !== null ? `≥ ${shown(low)}` : high !== null ? `≤ ${shown(high)}` : "";
  return ends ? `[${ends}]` : "";
}
