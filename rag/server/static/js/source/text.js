// The canonical text of a document, with the quotes marked exactly where the server says they are, and the page brought to the first.

import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { indexer, merged } from "../core/offsets.js";
import { typeset } from "./typeset.js";

/** Return `{element, settle}`; `spans` are `{start, end}` in code points. */
export function textView(found, spans) {
  const element = h("div", { class: "source-text", lang: found.language, tabindex: "0", role: "region", "aria-label": t("view.text") });
  fill(element, pieces(found, merged(spans)));
  const settle = () => element.querySelector("mark")?.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
  return { element, settle };
}

function pieces(found, spans) {
  const at = indexer(found.text);
  const breaks = pageBreaks(found).map((page) => ({ at: at(page.start), number: page.number }));
  const marks = spans.map(({ start, end }) => [at(start), at(end)]);
  return [...lines(found.text)].map(({ start, end }) => {
    const opening = breaks.filter((page) => page.at >= start && page.at <= end && page.at < end + 1 && page.number > 1);
    return [opening.map((page) => h("p", { class: "page-break" }, t("page", { n: page.number }))), line(found.text, start, end, marks)];
  });
}

function* lines(text) {
  let start = 0;
  for (const part of text.split("\n")) {
    yield { start, end: start + part.length };
    start += part.length + 1;
  }
}

/** One line of the text as a block; a Markdown heading is set as one, its characters all kept. */
function line(text, start, end, marks) {
  if (start === end) return h("div", { class: "line line-empty" }, "\n");
  const depth = /^(#{1,4})\s/.exec(text.slice(start, end))?.[1].length;
  return h("div", { class: depth ? `line line-heading line-heading-${depth}` : "line" }, marked(text, start, end, marks), "\n");
}

function marked(text, start, end, marks) {
  const nodes = [];
  let place = start;
  for (const [from, to] of marks) {
    if (to <= start || from >= end) continue;
    nodes.push(typeset(text.slice(place, Math.max(place, from))), h("mark", {}, typeset(text.slice(Math.max(from, start), Math.min(to, end)))));
    place = Math.min(to, end);
  }
  nodes.push(typeset(text.slice(place, end)));
  return nodes;
}

function pageBreaks(found) {
  return found.pages?.length > 1 ? found.pages : [];
}

function calm() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
