// A page of a PDF as it was printed, with the quote drawn on it by the server.

import { fill, h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { fetchBoxes, pageImage } from "./documents.js";
import { zoomable } from "./zoom.js";

/** Pixels a point: an A4 page is 1,300 pixels wide, sharp at twice the width of the panel. */
const SCALE = 2.2;
/** Share of the view that stays above the quote. */
const ABOVE = 0.35;

/** Return `{element, settle}`; `page` is where the quote stands, from 1. */
export function pageView(found, spans, page) {
  const last = found.pages?.length || 1;
  let number = page ?? pageOf(found, spans[0]) ?? 1;
  const image = h("img", { class: "page-image", decoding: "async" });
  const label = h("span", { class: "page-label", role: "status" });
  const problem = h("div", {});
  const { element: stage, controls, reset } = zoomable(image, t("view.page"));
  const show = (next) => {
    number = Math.min(Math.max(1, next), last);
    const span = spans.find((candidate) => pageOf(found, candidate) === number) ?? null;
    fill(problem, null);
    image.hidden = false;
    image.src = pageImage(found.doc_id, number, span, SCALE);
    image.alt = span ? t("page.with_quote", { n: number, last, quote: span.quote ?? "" }) : t("page.of", { n: number, last });
    fill(label, t("page.of", { n: number, last }));
    back.disabled = number === 1;
    forth.disabled = number === last;
    reset();
    if (span) bringToView(image, stage, fetchBoxes(found.doc_id, number, span));
  };
  const back = turner("left", "page.previous", () => show(number - 1));
  const forth = turner("right", "page.next", () => show(number + 1));
  image.addEventListener("error", () => {
    image.hidden = true;
    fill(problem, h("p", { class: "note" }, icon("alert"), h("span", {}, t("page.failed"))));
  });
  show(number);
  const turning = last > 1 ? h("div", { class: "viewer-group" }, back, label, forth) : label;
  return { element: h("div", { class: "viewer" }, h("div", { class: "viewer-bar" }, turning, controls), problem, stage), settle: () => {} };
}

/** Scroll to the highest box once the picture is there; without boxes the page stays at its top. */
async function bringToView(image, stage, asked) {
  const boxes = await asked.catch(() => []);
  await image.decode().catch(() => null);
  if (boxes.length === 0 || !image.isConnected) return;
  const top = Math.min(...boxes.map((box) => box.top));
  stage.scrollTo({ top: top * image.clientHeight - stage.clientHeight * ABOVE });
}

function pageOf(found, span) {
  return span ? (found.pages?.find((page) => span.start >= page.start && span.start < page.end)?.number ?? null) : null;
}

function turner(glyph, key, run) {
  return h("button", { type: "button", class: "button-icon", "aria-label": t(key), on: { click: run } }, icon(glyph));
}
