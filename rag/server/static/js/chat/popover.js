// The quote behind a citation, on hover and on focus. It can be hovered itself, stays until left, and Escape puts it away (WCAG 1.4.13).

import { fill, h } from "../core/dom.js";

const GAP = 8;
const card = h("div", { class: "popover", role: "tooltip", id: "quote-card", hidden: true });
let owner = null;
let timer = 0;

/** Show `content()` beside an element while it is hovered or focused. */
export function explained(element, content) {
  element.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && later(() => show(element, content), 120));
  element.addEventListener("pointerleave", () => later(hide, 200));
  element.addEventListener("focus", () => element.matches(":focus-visible") && show(element, content));
  element.addEventListener("blur", hide);
  element.addEventListener("click", hide);
  return element;
}

function later(action, delay) {
  window.clearTimeout(timer);
  timer = window.setTimeout(action, delay);
}

function show(element, content) {
  window.clearTimeout(timer);
  if (!element.isConnected) return;
  if (!card.isConnected) document.body.append(card);
  owner = element;
  fill(card, content());
  card.hidden = false;
  element.setAttribute("aria-describedby", card.id);
  place(element.getBoundingClientRect());
}

function place(anchor) {
  const { offsetWidth: width, offsetHeight: height } = card;
  const left = Math.min(Math.max(GAP, anchor.left - 24), window.innerWidth - width - GAP);
  const above = anchor.top - height - GAP;
  const top = above > GAP ? above : anchor.bottom + GAP;
  card.style.left = `${left + window.scrollX}px`;
  card.style.top = `${top + window.scrollY}px`;
}

function hide() {
  window.clearTimeout(timer);
  card.hidden = true;
  owner?.removeAttribute("aria-describedby");
  owner = null;
}

card.addEventListener("pointerenter", () => window.clearTimeout(timer));
card.addEventListener("pointerleave", () => later(hide, 200));
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || card.hidden) return;
    hide();
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
