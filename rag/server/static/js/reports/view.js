// The evaluation page: what was measured, when, and whether it held its thresholds.

import { json } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { moment } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { address } from "../core/router.js";

/** Show the list of reports; returns `{element, title}`. */
export function reportsView() {
  const body = h("div", {}, h("p", { class: "working-line" }, t("loading")));
  json("GET", "/v1/reports")
    .then(({ reports }) => fill(body, reports.length ? table(reports) : h("p", { class: "empty" }, t("reports.none"))))
    .catch((error) => fill(body, h("div", { class: "failure" }, h("p", {}, icon("alert"), h("span", {}, error.message)))));
  const element = h("div", { class: "page" }, h("header", { class: "page-header" }, h("h1", {}, t("reports.title")), h("p", { class: "hint" }, t("reports.about"))), body);
  return { element, title: t("reports.title") };
}

function table(reports) {
  const columns = ["reports.column_name", "reports.column_suite", "reports.column_date", "reports.column_result"];
  return h(
    "table",
    { class: "table" },
    h("caption", { class: "visually-hidden" }, t("reports.title")),
    h("thead", {}, h("tr", {}, columns.map((key) => h("th", { scope: "col" }, t(key))))),
    h("tbody", {}, reports.map(row)),
  );
}

function row({ name, suite, created_at: created, passed }) {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: address("reports", name) }, name)),
    h("td", { data: { label: t("reports.column_suite") } }, suite ?? "—"),
    h("td", { class: "numeric", data: { label: t("reports.column_date") } }, moment(created)),
    h("td", { data: { label: t("reports.column_result") } }, outcome(passed)),
  );
}

/** Draw whether a report held its thresholds; nothing where it had none. */
export function outcome(passed) {
  if (passed === null || passed === undefined) return "—";
  return passed ? h("span", { class: "tag tag-good" }, icon("check"), t("reports.passed")) : h("span", { class: "tag tag-danger" }, icon("alert"), t("reports.failed"));
}
