// Canonical texts may hold Markdown signs. Offsets count them, so they are never taken out; they only step back.

import { h } from "../core/dom.js";

const SIGNS = /(\*\*|^#{1,4}\s)/m;
const ONE_SIGN = /^(\*\*|#{1,4}\s)$/;

/** Return a text as nodes, its Markdown signs set apart. */
export function typeset(text) {
  return text.split(SIGNS).map((part) => (ONE_SIGN.test(part) ? h("span", { class: "syntax" }, part) : part));
}

/** Tell whether two texts say the same words, signs and spaces aside. */
export function sameWords(a, b) {
  return bare(a) === bare(b);
}

function bare(text) {
  return text.replace(/[\s*#>-]+/g, " ").trim();
}
