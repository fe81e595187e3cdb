// What a reader must know beside the sentences: notices, what was withheld and why, contradictions, abstention, and what was searched.

import { h } from "../core/dom.js";
import { date, kinds, number, period } from "../core/format.js";
import { icon } from "../core/icons.js";
import { has, t } from "../core/i18n.js";
import { may } from "../session.js";
import { choosePatient } from "../scope/patient-picker.js";
import { openSource } from "../source/panel.js";
import { typeset } from "../source/typeset.js";
import { citations, sourceOf } from "./claims.js";

/** Draw how the answer came about, e.g. the model that is missing or sentences word for word; a patient taken from the question is in the stamp. */
export function notices(answer, { isStale, isKept }) {
  const lines = answer.notices.filter((notice) => has(`notice.${notice}`) && notice !== "patient_from_question").map((notice) => t(`notice.${notice}`));
  if (!isKept && may("converse")) lines.push(t("turn.not_kept"));
  if (isStale) lines.push(t("turn.stale"));
  const isVerbatim = answer.trace.model === "none" && !answer.abstained;
  return [
    lines.map((line) => h("p", { class: "note" }, icon("alert"), h("span", {}, line))),
    isVerbatim ? h("p", { class: "note note-quiet" }, icon("documents"), h("span", {}, t("notice.extracts"))) : null,
  ];
}

/** Draw an abstention: that there is no answer, why, and what nothing was found on. */
export function abstention(answer) {
  const reason = `abstained.${answer.abstain_reason}`;
  return h(
    "div",
    { class: "abstention" },
    h("p", { class: "abstention-title" }, t("abstained")),
    h("p", {}, t(has(reason) ? reason : "abstained.no_evidence")),
    answer.missing.length ? h("p", {}, t("abstained.missing", { words: answer.missing.join(", ") })) : null,
    answer.notices.includes("several_patients") ? h("button", { type: "button", class: "button", on: { click: choosePatient } }, icon("person"), t("scope.choose")) : null,
    h("p", { class: "abstention-warning" }, t("abstained.silence")),
  );
}

/** Draw what was written and not supported: folded, explained, never part of the answer. */
export function withheld(turn) {
  const claims = turn.answer.withheld;
  if (claims.length === 0) return null;
  return h(
    "details",
    { class: "withheld" },
    h("summary", {}, t("withheld.title", { count: claims.length })),
    h("p", {}, t("withheld.about")),
    h("ul", {}, claims.map((claim) => h("li", {}, h("s", {}, claim.text), claim.citations.length ? [" ", h("span", { class: "caption" }, t("withheld.cited")), citations(turn, claim)] : null))),
  );
}

/** Draw documents that speak against a sentence. */
export function contradictions(turn) {
  const found = turn.answer.contradictions;
  if (found.length === 0) return null;
  return h("section", { class: "contradictions" }, h("h3", {}, icon("alert"), t("contradictions.title", { count: found.length })), h("ul", {}, found.map((item) => contradiction(turn, item))));
}

function contradiction(turn, item) {
  const source = turn.received.evidence.find((other) => other.doc_id === item.doc_id);
  const claim = turn.answer.claims.find((other) => other.text === item.claim);
  const open = (event) => openSource(sourceOf(turn, [item]), event.currentTarget);
  return h(
    "li",
    {},
    h("p", {}, t("contradictions.claim"), " ", h("q", {}, typeset(item.claim)), claim ? citations(turn, claim) : null),
    h("p", {}, t("contradictions.says"), " ", h("q", {}, typeset(item.quote))),
    h("p", {}, h("button", { type: "button", class: "link", on: { click: open } }, source?.title ?? item.doc_id), source ? ` · ${date(source.authored_at)}` : ""),
  );
}

/** Draw the parts of the question that have no full answer, each with what became of it and what comes near; null where all have one. */
export function openParts(turn) {
  const open = (turn.answer.parts ?? []).filter(({ status }) => status !== "answered" && has(`part.${status}`));
  if (open.length === 0) return null;
  return h("section", { class: "answer-parts" }, h("h3", {}, icon("alert"), t("part.title", { count: open.length })), h("ul", {}, open.map((part) => openPart(turn, part))));
}

function openPart(turn, { question, status, near }) {
  const places = (near ?? []).map((miss) => h("li", {}, h("button", { type: "button", class: "link", on: { click: (event) => openSource(sourceOf(turn, [miss]), event.currentTarget) } }, typeset(miss.quote))));
  return h("li", {}, h("p", {}, h("q", {}, question), ` – ${t(`part.${status}`)}`), places.length ? [h("p", { class: "caption" }, t("part.near")), h("ul", {}, places)] : null);
}

/** Draw what was searched, so that silence is not read as absence. */
export function coverage(answer) {
  const { coverage: searched } = answer;
  const words = searched.documents_searched
    ? t("coverage.searched", { count: searched.documents_searched, n: number(searched.documents_searched), kinds: kinds(searched.kinds), period: period(searched.from, searched.to) })
    : t("coverage.none");
  const whose = searched.patient_id ? t("coverage.patient", { patient: searched.patient_id }) : "";
  return h("p", { class: "coverage" }, icon("search"), h("span", {}, [whose, words, t(searched.patient_id ? "coverage.silence" : "coverage.silence_literature")].filter(Boolean).join(" ")));
}

/** Draw a failure in one line, with the way out. */
export function failure(error, retry) {
  const text = error?.message || t("error.cut");
  const again = retry ? h("button", { type: "button", class: "button", on: { click: retry } }, t("retry")) : null;
  return h("div", { class: "failure" }, h("p", {}, icon("alert"), h("span", {}, text)), again);
}
