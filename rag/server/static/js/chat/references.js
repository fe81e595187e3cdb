// The evidence of an answer, numbered as it is cited: what was found, from which document, of what date, with every mark a reader must see.

import { h } from "../core/dom.js";
import { date, kind } from "../core/format.js";
import { t } from "../core/i18n.js";
import { openSource } from "../source/panel.js";
import { marks } from "../source/marks.js";
import { typeset } from "../source/typeset.js";
import { sourceOf } from "./claims.js";

/** Draw the list. Before the answer is known (`answer` null) all of it; then the cited ones, and the rest folded away. */
export function references(turn, answer) {
  const { evidence } = turn.received;
  if (evidence.length === 0) return null;
  if (answer === null) return section("references.found", evidence, turn, new Map());
  const quotes = quotesByMarker(answer.claims);
  const cited = evidence.filter((item) => quotes.has(item.marker));
  const others = evidence.filter((item) => !quotes.has(item.marker));
  return [cited.length ? section("references.cited", cited, turn, quotes) : null, others.length ? folded(others, turn, answer) : null];
}

function quotesByMarker(claims) {
  const quotes = new Map();
  for (const citation of claims.flatMap((claim) => claim.citations)) quotes.set(citation.marker, [...(quotes.get(citation.marker) ?? []), citation]);
  return quotes;
}

function section(title, items, turn, quotes) {
  return h("section", { class: "references" }, h("h3", {}, t(title, { count: items.length })), list(items, turn, quotes));
}

function folded(items, turn, answer) {
  const title = answer.abstained ? "references.looked_at" : "references.not_cited";
  return h("details", { class: "references references-folded" }, h("summary", {}, t(title, { count: items.length })), list(items, turn, new Map()));
}

function list(items, turn, quotes) {
  return h("ol", { class: "reference-list" }, items.map((item) => entry(item, turn, quotes.get(item.marker) ?? [item])));
}

function entry(item, turn, quotes) {
  const open = (event) => openSource({ ...sourceOf(turn, quotes), marker: item.marker }, event.currentTarget);
  return h(
    "li",
    { class: "reference", value: item.marker, data: { marker: item.marker } },
    h("span", { class: "reference-number", "aria-hidden": "true" }, item.marker),
    h(
      "div",
      { class: "reference-body" },
      h("button", { type: "button", class: "reference-title", on: { click: open } }, item.title),
      h("p", { class: "reference-about" }, about(item, turn)),
      marks(item),
      h("p", { class: "reference-text", lang: item.language }, shown(item, quotes)),
    ),
  );
}

/** The text found, without the lines that only repeat its title and its section. */
function withoutHeadings({ text, title, section }) {
  const repeated = new Set([title, ...section]);
  const lines = text.split(/\n+/).filter((line) => !repeated.has(line.replace(/^#+\s*/, "").trim()));
  return lines.join("\n") || text;
}

function about(item, turn) {
  const isForeignPatient = item.patient_id !== null && item.patient_id !== turn.scope.patientId;
  return [
    kind(item.kind),
    date(item.authored_at),
    item.section.at(-1),
    item.page ? t("page", { n: item.page }) : null,
    isForeignPatient ? t("references.patient", { patient: item.patient_id }) : null,
    item.patient_id === null ? t("references.literature") : null,
  ]
    .filter(Boolean)
    .join(" · ");
}

function shown(item, quotes) {
  const text = quotes[0].quote ?? withoutHeadings(item);
  const others = quotes.length > 1 ? ` […] ${quotes.slice(1).map((quote) => quote.quote).join(" […] ")}` : "";
  return typeset(text + others);
}
