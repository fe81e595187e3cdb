// The care pathway: drawn on a time axis, or as a list of the same things, which screen readers and printers may prefer.

import { fill, h, uid } from "../core/dom.js";
import { compare, date, number } from "../core/format.js";
import { t } from "../core/i18n.js";
import { axisDrawing, barsDrawing, curvesDrawing, frameOf } from "./chart.js";
import { periodOf } from "./axis.js";
import { nothing, when } from "./coverage.js";
import { DAY_MS, dayOf, timeOf } from "./instants.js";
import { isSourceOpen } from "../source/panel.js";
import { curvesOf, instantsOf, LANES, lanesOf } from "./lanes.js";
import { analytesOf, isAbnormal } from "./results.js";
import { documentsOf, openDocument, openFacts } from "./sources.js";

const SPANS = { all: null, five_years: 1826 * DAY_MS, year: 366 * DAY_MS, quarter: 92 * DAY_MS };
const ROWS_SHOWN = 12;

/** Draw the pathway of a record. */
export function pathwayView(record) {
  if (record.events.length === 0) return nothing(record, "record.pathway_none");
  const body = h("div", {});
  const state = { form: "chart", span: "all" };
  const draw = () => fill(body, state.form === "chart" ? chart(record, state.span) : list(record));
  const change = (part) => {
    Object.assign(state, part);
    draw();
  };
  draw();
  return h("div", {}, h("div", { class: "record-tools" }, forms(state, change), spans(change)), body);
}

function forms(state, change) {
  const buttons = ["chart", "list"].map((form) => h("button", { type: "button", class: "button button-small", "aria-pressed": String(state.form === form), data: { form }, on: { click: () => choose(form) } }, t(`pathway_form.${form}`)));
  const choose = (form) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.form === form));
    change({ form });
  };
  return h("div", { class: "record-forms", role: "group", "aria-label": t("record.form") }, buttons);
}

function spans(change) {
  const select = h("select", { class: "input", id: uid("span") }, Object.keys(SPANS).map((span) => h("option", { value: span }, t(`pathway_span.${span}`))));
  select.addEventListener("change", () => change({ span: select.value }));
  return h("div", { class: "record-span" }, h("label", { htmlFor: select.id }, t("record.span")), select);
}

function chart(record, span) {
  const lanes = lanesOf(record);
  const curves = curvesOf(analytesOf(record.facts, compare));
  const period = periodOf(instantsOf(lanes, curves), SPANS[span]);
  if (period === null) return list(record);
  const box = h("div", { class: "pathway" });
  const draw = () => fill(box, drawings(record, lanes, curves, frameOf(period, Math.max(box.clientWidth, 240))));
  let width = 0;
  new ResizeObserver(() => {
    if (box.clientWidth === width || isSourceOpen()) return; // a bar whose source is open must still be there to take the focus back
    width = box.clientWidth;
    draw();
  }).observe(box);
  return [h("p", { class: "hint" }, t("record.chart_about")), box, undated(record)];
}

function drawings(record, lanes, curves, frame) {
  const shown = LANES.filter((lane) => lanes[lane].length > 0);
  const isInSight = ({ to }) => to >= frame.axis.from;
  const parts = shown.map((lane) => {
    const rows = lanes[lane].map((row) => ({ ...row, bars: row.bars.filter(isInSight) })).filter((row) => row.bars.length);
    return rows.length ? laneSection(lane, rows, (some) => barsDrawing(frame, t(`lane.${lane}`), some, (_row, bar) => words(record, bar), (bar, element) => open(record, bar, element))) : null;
  });
  const results = curves.length ? laneSection("results", curves, (some) => curvesDrawing(frame, t("lane.results"), some, readingWords, (reading, element) => openFacts(record, reading.facts, element))) : null;
  return [axisDrawing(frame), parts, results];
}

function laneSection(lane, rows, draw) {
  const box = h("div", {}, draw(rows.slice(0, ROWS_SHOWN)));
  const rest = rows.length - ROWS_SHOWN;
  const more = h("button", { type: "button", class: "link", on: { click: () => { fill(box, draw(rows)); box.querySelector("[role=button]")?.focus(); more.remove(); } } }, t("record.more", { count: rest }));
  return h("section", { class: "lane-section", data: { lane } }, h("h2", {}, t(`lane.${lane}`)), box, rest > 0 ? more : null);
}

function words(record, { event, item, isOpen, state, day }) {
  if (item) return `${item.title}, ${date(item.authored_at)}`;
  const said = [titleOf(record, event), t(`fact_kind.${event.kind}`), day ? date(day) : when(event.at, isOpen), state ? t(`treatment_state.${state}`) : null];
  return said.filter(Boolean).join(", ");
}

/** The title of an event, with the side where its first fact names one. */
function titleOf(record, event) {
  const side = record.byId.get(event.facts[0])?.side;
  return side ? `${event.title}, ${t(`side.${side}`)}` : event.title;
}

function readingWords(analyte, { fact, day, standing }) {
  return [`${analyte.name} ${fact.value_text || number(fact.value, 6)}`, date(day), isAbnormal(standing) ? t(`standing.${standing}`) : null].filter(Boolean).join(", ");
}

function open(record, { event, item, day }, element) {
  if (item) return openDocument(record, item.doc_id, element);
  const facts = event.facts.map((id) => record.byId.get(id)).filter(Boolean);
  const first = facts.find((fact) => day && dayOf(timeOf(fact)) === day) ?? record.byId.get(event.last) ?? facts[0];
  return first ? openFacts(record, [first, ...facts.filter((fact) => fact !== first)], element) : undefined;
}

function undated(record) {
  const events = record.events.filter((event) => !event.at);
  return events.length ? h("section", { class: "record-group" }, h("h2", {}, t("record.undated")), h("ol", { class: "events" }, events.map((event) => entry(record, event)))) : null;
}

function list(record) {
  const years = new Map();
  for (const event of record.events) {
    const year = (event.at?.from ?? event.at?.to)?.slice(0, 4) ?? t("record.undated");
    years.set(year, [...(years.get(year) ?? []), event]);
  }
  return [...years].map(([year, events]) => h("section", { class: "record-group" }, h("h2", {}, year), h("ol", { class: "events" }, events.map((event) => entry(record, event)))));
}

function entry(record, event) {
  const facts = event.facts.map((id) => record.byId.get(id)).filter(Boolean);
  return h(
    "li",
    { class: "event", data: { kind: event.kind } },
    h("span", { class: "event-when" }, when(event.at, event.state === "open")),
    h("div", {}, h("p", { class: "event-title" }, titleOf(record, event)), h("p", { class: "reference-about" }, [t(`fact_kind.${event.kind}`), event.state ? t(`treatment_state.${event.state}`) : null].filter(Boolean).join(" · ")), facts.length ? documentsOf(record, facts) : null),
  );
}
