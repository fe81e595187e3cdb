// One report: its page in a sandbox where it has one, else its figures as a table.

import { json, path } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { number } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { address } from "../core/router.js";
import { outcome } from "./view.js";

/** Show a report by its name; returns `{element, title}`. */
export function reportPage(name) {
  const body = h("div", {}, h("p", { class: "working-line" }, t("loading")));
  const result = h("span", {});
  show(name, body, result).catch((error) => fill(body, h("div", { class: "failure" }, h("p", {}, icon("alert"), h("span", {}, error.message)))));
  const back = h("a", { class: "back", href: address("reports") }, icon("left"), t("reports.back"));
  return { element: h("div", { class: "page" }, back, h("header", { class: "page-header" }, h("h1", {}, name), result), body), title: name };
}

async function show(name, body, result) {
  const { reports } = await json("GET", "/v1/reports");
  const about = reports.find((report) => report.name === name);
  if (about) fill(result, outcome(about.passed));
  if (about?.has_html) fill(body, framed(name));
  else fill(body, figures(await json("GET", path(["reports", `${name}.json`]))));
}

function framed(name) {
  const source = path(["reports", `${name}.html`]);
  return [
    h("p", {}, h("a", { href: source, target: "_blank", rel: "noopener" }, t("reports.open_alone"))),
    h("iframe", { class: "report-frame", src: source, sandbox: "allow-scripts", title: t("reports.frame", { name }) }),
  ];
}

function figures(report) {
  const rows = [...flat(report, "")].filter(([, value]) => ["number", "string", "boolean"].includes(typeof value)).slice(0, 200);
  return h("table", { class: "table" }, h("tbody", {}, rows.map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, key), h("td", { class: "numeric" }, typeof value === "number" ? number(value, 4) : String(value))))));
}

function* flat(value, prefix) {
  if (value === null || typeof value !== "object") yield [prefix, value];
  else if (!Array.isArray(value)) for (const [key, inner] of Object.entries(value)) yield* flat(inner, prefix ? `${prefix} · ${key}` : key);
}
