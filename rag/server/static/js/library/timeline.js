// A patient's documents in order of time, grouped by year and stay.

import { fill, h } from "../core/dom.js";
import { date, kind } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { address, go } from "../core/router.js";
import { patientTitle } from "../scope/scope-bar.js";
import { beginAnew } from "../chat/conversation.js";
import { marks } from "../source/marks.js";
import { openSource } from "../source/panel.js";
import { fetchTimeline } from "./documents.js";

/** Show the documents of a patient; returns `{element, title}`. */
export function timelineView(patientId) {
  const body = h("div", {}, h("p", { class: "working-line" }, t("loading")));
  const askHere = () => {
    beginAnew({ patientId, mode: "patient" });
    go("");
  };
  const element = h(
    "div",
    { class: "page" },
    h("a", { class: "back", href: address("documents") }, icon("left"), t("library.back")),
    h(
      "header",
      { class: "page-header" },
      h("h1", {}, icon("person"), patientTitle(patientId)),
      h("div", { class: "page-tools" }, h("button", { type: "button", class: "button button-primary", on: { click: askHere } }, icon("ask"), t("timeline.ask"))),
    ),
    body,
  );
  fetchTimeline(patientId)
    .then(({ documents }) => fill(body, h("p", { class: "caption" }, t("library.count", { count: documents.length })), years(documents, patientId)))
    .catch((error) => fill(body, h("div", { class: "failure" }, h("p", {}, icon("alert"), h("span", {}, error.message)))));
  return { element, title: patientTitle(patientId) };
}

function years(documents, patientId) {
  return [...grouped(documents)].map(([year, items]) =>
    h("section", { class: "timeline-year" }, h("h2", {}, year), h("ol", { class: "timeline" }, items.map((item, place) => entry(item, items[place - 1], patientId)))),
  );
}

function grouped(documents) {
  const groups = new Map();
  for (const item of documents) groups.set(yearOf(item), [...(groups.get(yearOf(item)) ?? []), item]);
  return groups;
}

function yearOf(item) {
  return item.authored_at?.slice(0, 4) ?? t("undated");
}

function entry(item, before, patientId) {
  const open = (event) => openSource({ docId: item.doc_id, spans: [], scope: { patientId, mode: "patient" } }, event.currentTarget);
  const isNewStay = item.encounter_id && item.encounter_id !== before?.encounter_id;
  return h(
    "li",
    { class: "timeline-entry" },
    h("time", { datetime: item.authored_at ?? null }, item.authored_at ? date(item.authored_at) : t("undated")),
    h(
      "div",
      {},
      h("button", { type: "button", class: "reference-title", lang: item.language, on: { click: open } }, item.title),
      h("p", { class: "reference-about" }, [kind(item.kind), isNewStay ? t("timeline.stay", { id: item.encounter_id }) : null].filter(Boolean).join(" · ")),
      marks(item),
    ),
  );
}
