// Filters of a question: kinds of document, period, language of the document. What is set stays visible in the scope bar.

import { announce } from "../core/announce.js";
import { openDialog } from "../core/dialog.js";
import { h, uid } from "../core/dom.js";
import { compare, kind } from "../core/format.js";
import { t } from "../core/i18n.js";
import { knownKinds } from "../session.js";
import { countFilters, filters, noFilters } from "./scope.js";

/** Open the dialog of filters. */
export function openFilters() {
  const value = filters.get();
  const kinds = choices("checkbox", [...knownKinds()].sort((a, b) => compare(kind(a), kind(b))), value.kinds, kind);
  const languages = choices("radio", ["", "fr", "en"], [value.language], (code) => t(code ? `language.${code}` : "language.any"));
  const from = day(value.from);
  const to = day(value.to);
  const form = h(
    "form",
    { class: "filters" },
    group(t("filters.kinds"), kinds),
    group(t("filters.period"), h("div", { class: "filters-period" }, labelled(t("filters.from"), from), labelled(t("filters.to"), to))),
    group(t("filters.languages"), languages),
    h("p", { class: "hint" }, t("filters.hint")),
  );
  const apply = (next) => {
    filters.set(next);
    dialog.close();
    announce(t("filters.count", { count: countFilters() }));
  };
  const read = () => ({ kinds: ticked(kinds), language: ticked(languages)[0], from: from.value, to: to.value });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (from.value && to.value && from.value > to.value) to.setCustomValidity(t("filters.backwards"));
    else apply(read());
    to.reportValidity();
  });
  for (const input of [from, to]) input.addEventListener("input", () => to.setCustomValidity(""));
  form.id = uid("filters");
  const footer = [
    h("button", { type: "button", class: "button", on: { click: () => apply(noFilters()) } }, t("filters.clear")),
    h("button", { type: "submit", class: "button button-primary", form: form.id }, t("filters.apply")),
  ];
  const dialog = openDialog({ title: t("filters.title"), content: form, footer });
}

function group(legend, content) {
  return h("fieldset", {}, h("legend", {}, legend), content);
}

function choices(type, values, chosen, label) {
  const name = uid("choice");
  return h(
    "div",
    { class: "filters-boxes" },
    values.map((value) => h("label", { class: "check" }, h("input", { type, name, value, checked: chosen.includes(value) }), h("span", {}, label(value)))),
  );
}

function ticked(container) {
  return [...container.querySelectorAll("input:checked")].map((input) => input.value);
}

function day(value) {
  return h("input", { type: "date", class: "input", id: uid("day"), value, max: "9999-12-31" });
}

function labelled(text, input) {
  return h("div", {}, h("label", { htmlFor: input.id }, text), input);
}
