// Where a question is written. Enter asks, Shift+Enter makes a line; while an answer is on its way the same button stops it.

import { fill, h, uid } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";

const MAX_CHARS = 10_000;

/** Return `{element, input, busy(flag)}`; `onAsk(question, useLlm)` and `onStop()` are called by it. */
export function makeComposer({ onAsk, onStop }) {
  const input = h("textarea", {
    id: uid("question"),
    class: "composer-input",
    rows: "1",
    maxlength: String(MAX_CHARS),
    placeholder: t("composer.placeholder"),
    "aria-keyshortcuts": "/",
    enterkeyhint: "send",
    autocomplete: "off",
  });
  const verbatim = h("input", { type: "checkbox", id: uid("verbatim"), checked: true });
  const submit = h("button", { type: "submit", class: "button button-primary composer-submit" });
  const label = h("label", { htmlFor: input.id, class: "visually-hidden" }, t("composer.label"));
  const choice = h("label", { class: "check composer-verbatim", htmlFor: verbatim.id, title: t("composer.verbatim.about") }, verbatim, h("span", {}, t("composer.verbatim")));
  const form = h("form", { class: "composer" }, label, h("div", { class: "composer-box" }, input, submit), h("div", { class: "composer-foot" }, choice, h("span", { class: "hint" }, t("composer.hint"))));
  let isBusy = false;

  const busy = (flag) => {
    isBusy = flag;
    fill(submit, icon(flag ? "stop" : "send"), h("span", {}, t(flag ? "composer.stop" : "composer.ask")));
    submit.dataset.busy = String(flag);
  };
  const grow = () => {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight + 2, 200)}px`;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isBusy) return onStop();
    const question = input.value.trim();
    if (!question) return input.focus();
    input.value = "";
    grow();
    return onAsk(question, !verbatim.checked);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!isBusy) form.requestSubmit();
  });
  input.addEventListener("input", grow);
  busy(false);
  return { element: form, input, busy };
}
