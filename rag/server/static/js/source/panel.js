// The source beside the answer: the document, opened at the quote. Escape closes it and gives the focus back to the citation.

import { announce } from "../core/announce.js";
import { fill, h, uid } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { address } from "../core/router.js";
import { fetchDocument } from "./documents.js";
import { documentHeader } from "./header.js";
import { sameWords } from "./typeset.js";
import { documentViews } from "./views.js";

const panel = h("aside", { class: "source-panel", hidden: true });
const NARROW = window.matchMedia("(width < 860px)");
let opener = null;
let shown = 0;

/** Return the one panel; the shell places it beside the content. */
export function sourcePanel() {
  return panel;
}

/** Tell whether a source is open. */
export function isSourceOpen() {
  return !panel.hidden;
}

/**
 * Open a document at quotes: `{docId, spans: [{start, end, quote}], page, marker, claim, scope}`; offsets count code points.
 * `from` gets the focus back on closing.
 */
export async function openSource(source, from = null) {
  opener = from ?? opener;
  shown += 1;
  const turn = shown;
  panel.hidden = false;
  document.body.dataset.source = "open";
  cover();
  markOpener(true);
  const heading = frame(source);
  fill(panel.querySelector(".source-body"), h("p", { class: "working-line", role: "status" }, t("source.loading")));
  heading.focus({ preventScroll: true });
  try {
    const found = await fetchDocument(source.docId);
    if (turn === shown) draw(found, source, heading);
  } catch (error) {
    if (turn === shown) fill(panel.querySelector(".source-body"), h("div", { class: "failure" }, h("p", {}, icon("alert"), h("span", {}, error.message))));
  }
}

/** Close the panel. */
export function closeSource() {
  if (panel.hidden) return false;
  shown += 1;
  panel.hidden = true;
  panel.replaceChildren();
  delete document.body.dataset.source;
  cover();
  markOpener(false);
  if (opener?.isConnected) opener.focus();
  opener = null;
  return true;
}

/** On a narrow screen the panel covers the page, which is then out of reach of the keyboard too. */
function cover() {
  const isCovered = !panel.hidden && NARROW.matches;
  for (const element of document.querySelectorAll(".content, .side, .top-bar")) element.inert = isCovered;
}

NARROW.addEventListener("change", cover);

function frame(source) {
  const id = uid("source");
  panel.setAttribute("aria-labelledby", id);
  const heading = h("h2", { id, class: "source-title", tabindex: "-1" }, source.marker ? t("source.marker", { marker: source.marker }) : t("source.title"));
  const full = h("a", { class: "button button-quiet button-small", href: address("documents", source.docId) }, t("source.full"));
  const close = h("button", { type: "button", class: "button-icon", "aria-label": t("source.close"), "aria-keyshortcuts": "Escape", on: { click: closeSource } }, icon("close"));
  fill(panel, h("header", { class: "source-bar" }, heading, h("div", { class: "source-bar-actions" }, full, close)), h("div", { class: "source-body" }));
  return heading;
}

function draw(found, source, heading) {
  const { patientId } = source.scope ?? { patientId: null };
  if (patientId !== null && found.patient_id !== null && found.patient_id !== patientId) {
    fill(panel.querySelector(".source-body"), h("div", { class: "failure" }, h("p", {}, icon("alert"), h("span", {}, t("error.other_patient")))));
    return;
  }
  fill(heading, source.marker ? h("span", { class: "source-number" }, source.marker) : null, found.title);
  const { views, settle } = documentViews(found, source);
  fill(panel.querySelector(".source-body"), documentHeader(found), claimLine(source), views);
  settle();
  announce(t("source.opened", { title: found.title }));
}

function claimLine({ claim, spans }) {
  if (!claim || spans.length === 0) return null;
  return spans.some(({ quote }) => sameWords(quote ?? "", claim)) ? null : h("p", { class: "source-claim" }, h("span", { class: "caption" }, t("source.claim")), " ", h("q", {}, claim));
}

function markOpener(isOpen) {
  for (const element of document.querySelectorAll("[data-opened]")) delete element.dataset.opened;
  if (isOpen && opener) opener.dataset.opened = "true";
}
