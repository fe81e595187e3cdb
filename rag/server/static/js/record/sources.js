// From anything the record shows to the exact words that state it.

import { h } from "../core/dom.js";
import { date } from "../core/format.js";
import { t } from "../core/i18n.js";
import { explained } from "../chat/popover.js";
import { openSource } from "../source/panel.js";
import { typeset } from "../source/typeset.js";

const SOURCES_SHOWN = 2;

/** Open the document of the first fact, at the words of every fact here that stands in it; `from` gets the focus back. */
export function openFacts(record, facts, from) {
  const [{ doc_id: docId }] = facts;
  const spans = facts.filter((fact) => fact.doc_id === docId).flatMap((fact) => fact.spans);
  return openSource({ docId, spans, scope: { patientId: record.patientId, mode: "patient" } }, from);
}

/** Open a document at its beginning. */
export function openDocument(record, docId, from) {
  return openSource({ docId, spans: [], scope: { patientId: record.patientId, mode: "patient" } }, from);
}

/** Make a button that says `words` and opens their source; pointing at it shows the quote. */
export function sourced(record, facts, words, style = "fact") {
  const label = h("span", { class: "visually-hidden" }, ` – ${t("record.open")} ${about(record, facts[0])}`);
  const button = h("button", { type: "button", class: style, on: { click: (event) => openFacts(record, facts, event.currentTarget) } }, words, label);
  return explained(button, () => quotes(record, facts));
}

/** Write where a fact stands: title and date of its document. */
export function about(record, fact) {
  const item = record.titles.get(fact.doc_id);
  return [item?.title ?? fact.doc_id, item?.authored_at ? date(item.authored_at) : null].filter(Boolean).join(", ");
}

/** Make a button for each document in which facts stand, in their order; of many the first ones, the others folded. */
export function documentsOf(record, facts) {
  const groups = new Map();
  for (const fact of facts) groups.set(fact.doc_id, [...(groups.get(fact.doc_id) ?? []), fact]);
  const items = [...groups.values()].map((group) => h("li", {}, sourced(record, group, about(record, group[0]), "link")));
  const rest = items.splice(SOURCES_SHOWN);
  const more = rest.length ? h("details", { class: "record-more" }, h("summary", {}, t("record.more", { count: rest.length })), h("ul", { class: "fact-sources" }, rest)) : null;
  return [h("ul", { class: "fact-sources" }, items), more];
}

function quotes(record, facts) {
  const [first] = facts;
  const lang = record.titles.get(first.doc_id)?.language ?? null;
  return [h("blockquote", { class: "quote", lang }, typeset(first.spans[0]?.quote ?? "")), h("p", { class: "quote-source" }, about(record, first))];
}
