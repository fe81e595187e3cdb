// The sentences of an answer, each with its numbered citations. No sentence stands without a number.

import { h } from "../core/dom.js";
import { date } from "../core/format.js";
import { has, t } from "../core/i18n.js";
import { pictureImage } from "../source/documents.js";
import { isRetracted, marks } from "../source/marks.js";
import { openSource } from "../source/panel.js";
import { typeset } from "../source/typeset.js";
import { explained } from "./popover.js";

const THUMB = 240;

/** Draw sentences as running text. A number never begins a line: it stays with the last word of its sentence. */
export function sentences(turn, claims) {
  return h("p", { class: "answer-text", lang: turn.answer?.language ?? null }, claims.map((claim) => [sentence(turn, claim), " "]));
}

/** Add one more sentence to those in `box`, without touching them. */
export function addSentence(box, turn, claim) {
  const text = box.querySelector(".answer-text") ?? box.appendChild(sentences(turn, []));
  text.append(sentence(turn, claim), " ");
}

function sentence(turn, claim) {
  const partial = claim.support === "partial" ? h("span", { class: "tag tag-partial", title: t("support.partial.about") }, t("support.partial")) : null;
  const [most, last] = beforeLastWord(claim.text);
  return h("span", { class: "claim", data: { support: claim.support } }, most, h("span", { class: "keep" }, last, citations(turn, claim)), partial, origin(claim), thumbnails(turn, claim));
}

/** Small pictures that the sentence describes; each opens its document. Figures on pages open their page. */
function thumbnails(turn, { text, pictures = [] }) {
  if (pictures.length === 0) return null;
  return h("span", { class: "thumbs" }, pictures.map(({ doc_id: docId, frame, page }, index) => {
    const open = (event) => openSource({ docId, page, spans: [], claim: text, scope: turn.scope }, event.currentTarget);
    const image = page === null ? h("img", { src: pictureImage(docId, { frame, longest: THUMB }), alt: "", decoding: "async", loading: "lazy" }) : t("page", { n: page });
    return h("button", { type: "button", class: "thumb", "aria-label": t("picture.open", { n: index + 1, text }), on: { click: open } }, image);
  }));
}

/** A sentence that no document says as it stands is marked: computed, translated. Word for word is the rule and needs no mark. */
function origin({ origin: how }) {
  return has(`origin.${how}`) ? h("span", { class: "tag tag-origin", title: t(`origin.${how}.about`) }, t(`origin.${how}`)) : null;
}

/** Cut a text before its last word. From the end backwards: an expression would try the end anew from every character. */
function beforeLastWord(text) {
  let start = text.length;
  while (start > 0 && /\S/.test(text[start - 1])) start -= 1;
  return [text.slice(0, start), text.slice(start)];
}

/** Draw the citation buttons of a claim: one a source, which may hold several quotes. */
export function citations(turn, claim) {
  return h("span", { class: "cites" }, bySource(claim.citations).map((quotes) => button(turn, claim, quotes)));
}

function bySource(citations) {
  const groups = new Map();
  for (const citation of citations) groups.set(citation.marker, [...(groups.get(citation.marker) ?? []), citation]);
  return [...groups.values()];
}

function button(turn, claim, quotes) {
  const [{ marker }] = quotes;
  const source = turn.received.evidence.find((item) => item.marker === marker);
  const open = (event) => openSource(sourceOf(turn, quotes, claim), event.currentTarget);
  const label = t("cite.label", { marker, title: source?.title ?? "", date: date(source?.authored_at) });
  const isDoubtful = source && (isRetracted(source) || source.superseded_by);
  const warning = isDoubtful ? ` ${t(isRetracted(source) ? "mark.retracted" : "mark.superseded", { by: source.superseded_by ?? "" })}.` : "";
  const style = isDoubtful ? "cite cite-doubtful" : "cite";
  const element = h("button", { type: "button", class: style, data: { marker }, "aria-label": label + warning, on: { click: open } }, String(marker), whenWritten(source));
  return explained(element, () => quoteCard(source, quotes));
}

/** The date of a patient's document stands beside its number: two doses of two days must not be read as one. */
function whenWritten(source) {
  if (!source || source.patient_id === null) return null;
  return h("span", { class: "cite-date" }, ` · ${date(source.authored_at)}`);
}

function quoteCard(source, quotes) {
  return [
    quotes.map((citation) => h("blockquote", { class: "quote", lang: source?.language ?? null }, typeset(citation.quote))),
    source ? marks(source) : null,
    h("p", { class: "quote-source" }, h("strong", {}, source?.title ?? ""), ` · ${date(source?.authored_at)}`, quotes[0].page ? ` · ${t("page", { n: quotes[0].page })}` : ""),
  ];
}

/** Describe what the source panel shows for quotes of one document. */
export function sourceOf(turn, quotes, claim = null) {
  return {
    docId: quotes[0].doc_id,
    marker: quotes[0].marker ?? null,
    page: quotes[0].page ?? null,
    spans: quotes.map(({ start, end, quote }) => ({ start, end, quote })),
    claim: claim?.text ?? null,
    scope: turn.scope,
  };
}
