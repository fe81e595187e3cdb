// Dialogs on the browser's own <dialog>: the page behind is inert, Escape closes, focus returns to where it was.

import { fill, h, uid } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./i18n.js";

/**
 * Open a dialog and return `{element, close}`. `content` is built once; `onClose` runs after it is closed by any way.
 * `wide` gives it more room; `initial` is the element that gets the focus.
 */
export function openDialog({ title, content, footer = null, wide = false, initial = null, onClose = () => {} }) {
  const id = uid("dialog");
  const before = document.activeElement;
  const close = () => element.close();
  const element = h(
    "dialog",
    { class: wide ? "dialog dialog-wide" : "dialog", "aria-labelledby": id },
    h(
      "header",
      { class: "dialog-header" },
      h("h2", { id, tabindex: "-1" }, title),
      h("button", { type: "button", class: "button-icon", "aria-label": t("close"), on: { click: close } }, icon("close")),
    ),
    h("div", { class: "dialog-body" }, content),
    footer ? h("footer", { class: "dialog-footer" }, footer) : null,
  );
  element.addEventListener("close", () => {
    element.remove();
    if (before?.isConnected) before.focus();
    onClose();
  });
  element.addEventListener("click", (event) => {
    if (event.target === element) close(); // the backdrop
  });
  document.body.append(element);
  element.showModal();
  (initial ?? element.querySelector("h2")).focus();
  return { element, close };
}

/** Ask before something that cannot be undone; resolves to true or false. Focus starts on the harmless button. */
export function confirmDialog({ title, text, action }) {
  return new Promise((resolve) => {
    let agreed = false;
    const agreeing = () => {
      agreed = true;
      dialog.close();
    };
    const cancel = h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, t("cancel"));
    const agree = h("button", { type: "button", class: "button button-danger", on: { click: agreeing } }, action);
    const dialog = openDialog({ title, content: h("p", {}, text), footer: [cancel, agree], initial: cancel, onClose: () => resolve(agreed) });
  });
}

/** Ask for one line of text; resolves to it, or to null. */
export function promptDialog({ title, label, value, action }) {
  return new Promise((resolve) => {
    let result = null;
    const input = h("input", { class: "input", id: uid("prompt"), value, maxlength: "200", required: true, autocomplete: "off" });
    const form = h("form", { class: "stack" });
    const submit = h("button", { type: "submit", class: "button button-primary" }, action);
    const cancel = h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, t("cancel"));
    fill(form, h("label", { htmlFor: input.id }, label), input, h("div", { class: "dialog-footer dialog-footer-inline" }, cancel, submit));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      result = input.value.trim() || null;
      dialog.close();
    });
    const dialog = openDialog({ title, content: form, initial: input, onClose: () => resolve(result) });
    input.select();
  });
}
