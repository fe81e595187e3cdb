// What can be done with an answer: copy it with its references, export, print, judge its sentences.

import { announce } from "../core/announce.js";
import { fill, h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { answerMarkdown, answerText } from "./markdown.js";
import { review } from "./review.js";

/** Draw the row of actions of a settled turn. */
export function actions(turn) {
  const judging = h("div", {});
  const judge = button("check", "review.open", () => {
    const isOpen = judge.getAttribute("aria-expanded") === "true";
    judge.setAttribute("aria-expanded", String(!isOpen));
    fill(judging, isOpen ? null : review(turn));
  });
  judge.setAttribute("aria-expanded", "false");
  return h(
    "div",
    { class: "turn-actions" },
    h(
      "div",
      { class: "turn-buttons", role: "group", "aria-label": t("actions.label") },
      button("copy", "actions.copy", (event) => copy(turn, event.currentTarget)),
      button("download", "actions.markdown", () => save(answerMarkdown(turn, 1), fileName(turn))),
      button("print", "actions.print", () => print(turn)),
      turn.turnId && turn.answer.claims.length ? judge : null,
    ),
    judging,
    h("p", { class: "disclaimer" }, t("disclaimer")),
  );
}

function button(glyph, key, run) {
  return h("button", { type: "button", class: "button button-quiet button-small", on: { click: run } }, icon(glyph), h("span", {}, t(key)));
}

/** Copy an answer with its references; the button says when it is done. */
export async function copy(turn, element = null) {
  if (!(await written(answerText(turn)))) {
    announce(t("actions.copy_failed"));
    return;
  }
  announce(t("actions.copied"));
  const label = element?.querySelector("span");
  if (!label) return;
  label.textContent = t("actions.copied");
  window.setTimeout(() => (label.textContent = t("actions.copy")), 2000);
}

/** Write to the clipboard; where the page is not served over HTTPS, by the old way of a selection. */
async function written(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const before = document.activeElement;
  const box = h("textarea", { class: "visually-hidden", "aria-hidden": "true", value: text });
  document.body.append(box);
  box.select();
  const isDone = document.execCommand("copy");
  box.remove();
  before?.focus();
  return isDone;
}

/** Let the browser save a text as a file. */
export function save(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }));
  h("a", { href: url, download: name }).click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Name of an exported file: its time only, since a file name shows in lists that others see. */
export function fileName(turn) {
  return `traboule-${turn.askedAt.slice(0, 16).replaceAll(/[:T]/g, "-")}.md`;
}

/** Print one answer alone, with its sources. */
function print(turn) {
  turn.element.dataset.printed = "true";
  document.body.dataset.printing = "turn";
  window.addEventListener(
    "afterprint",
    () => {
      delete turn.element.dataset.printed;
      delete document.body.dataset.printing;
    },
    { once: true },
  );
  window.print();
}
