// A patient's documents in order of time, grouped by year and stay.

import { h } from "../core/dom.js";
import { date, kind } from "../core/format.js";
import { t } from "../core/i18n.js";
import { marks } from "../source/marks.js";
import { openDocument } from "./sources.js";

/** Draw the documents of a record. */
export function documentsView(record) {
  return h("div", {}, h("p", { class: "caption" }, t("library.count", { count: record.documents.length })), years(record));
}

function years(record) {
  return [...grouped(record.documents)].map(([year, items]) =>
    h("section", { class: "timeline-year" }, h("h2", {}, year), h("ol", { class: "timeline" }, items.map((item, place) => entry(record, item, items[place - 1])))),
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

function entry(record, item, before) {
  const open = (event) => openDocument(record, item.doc_id, event.currentTarget);
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
