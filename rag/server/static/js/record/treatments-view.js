// The table of treatments, current ones first, with what the record says of each and where it contradicts itself.

import { h } from "../core/dom.js";
import { compare, date } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { nothing, when } from "./coverage.js";
import { timeOf } from "./instants.js";
import { documentsOf, sourced } from "./sources.js";
import { conflictWords } from "./header.js";
import { reasonOf, STATES, treatmentsOf } from "./treatments.js";

const COLUMNS = ["name", "state", "dose", "route", "frequency", "reason", "since", "sources"];

/** Draw the treatments of a record. */
export function treatmentsView(record) {
  const groups = treatmentsOf(record, compare);
  const shown = STATES.filter((state) => groups[state].length > 0);
  if (shown.length === 0) return nothing(record, "record.treatments_none");
  return h("div", {}, h("p", { class: "note note-quiet" }, icon("alert"), h("span", {}, t("record.no_proof"))), shown.map((state) => group(record, state, groups[state])));
}

function group(record, state, treatments) {
  const head = h("thead", {}, h("tr", {}, COLUMNS.map((column) => h("th", { scope: "col" }, t(`column.${column}`)))));
  return h(
    "section",
    { class: "record-group" },
    h("h2", {}, t(`treatment_state.${state}`), " ", h("span", { class: "caption" }, `(${treatments.length})`)),
    h("table", { class: "treatments" }, h("caption", { class: "visually-hidden" }, t(`treatment_state.${state}`)), head, h("tbody", {}, treatments.map((one) => row(record, one)))),
  );
}

function row(record, one) {
  const { last, regimen } = one;
  const asOf = regimen.asOf ? h("span", { class: "hint" }, ` ${t("record.dose_of", { date: date(regimen.asOf) })}`) : null;
  const status = last.status ? t(`fact_status.${last.status}`) : t("record.status_unsaid");
  const cells = {
    state: [`${status}, ${date(timeOf(last))}`, conflictTag(one)],
    dose: [regimen.dose || null, asOf],
    route: regimen.route,
    frequency: regimen.frequency,
    reason: reasonOf(one),
    since: when({ from: one.since, to: one.until }),
    sources: documentsOf(record, one.facts),
  };
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, sourced(record, [last, ...one.facts.filter((fact) => fact !== last && fact.doc_id === last.doc_id)], [h("strong", {}, one.name)]), brand(last)),
    COLUMNS.slice(1).map((column) => h("td", { data: { label: t(`column.${column}`), empty: String(isEmpty(cells[column])) } }, h("div", {}, isEmpty(cells[column]) ? h("span", { "aria-label": t("record.unsaid"), role: "img" }, "–") : cells[column]))),
  );
}

function isEmpty(cell) {
  return !cell || (Array.isArray(cell) && cell.every((part) => !part));
}

function brand({ details, name, label }) {
  const written = details?.brand || label;
  return written && written.toLocaleLowerCase() !== (name ?? label).toLocaleLowerCase() ? h("span", { class: "hint" }, ` ${written}`) : null;
}

function conflictTag({ conflicts }) {
  return conflicts.map(({ why }) => h("p", { class: "record-conflict" }, icon("alert"), h("span", {}, conflictWords(why))));
}
