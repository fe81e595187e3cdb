// The bar that never leaves the screen: whose record is searched. The most important line of the page.

import { fill, h } from "../core/dom.js";
import { date, kind } from "../core/format.js";
import { icon } from "../core/icons.js";
import { language, t } from "../core/i18n.js";
import { address } from "../core/router.js";
import { fetchCoverage, patientNamed, patients } from "../session.js";
import { recordSize } from "./record.js";
import { openFilters } from "./filters.js";
import { choosePatient } from "./patient-picker.js";
import { countFilters, filters, noFilters, scope } from "./scope.js";
import { nameOf, traitsLine } from "./traits.js";

const bar = h("section", { class: "scope-bar" });
let period = { patientId: null };
for (const followed of [scope, filters, patients]) followed.listen(draw);

/** Return the one bar, drawn in the language of the page; it follows scope, filters and the list of patients. */
export function scopeBar() {
  draw();
  return bar;
}

scope.listen(async ({ patientId }) => {
  if (patientId === null || patientId === period.patientId) return;
  const { from, to } = await fetchCoverage(patientId, false).catch(() => ({ from: null, to: null }));
  period = { patientId, from, to };
  if (scope.get().patientId === patientId) draw();
});

function draw() {
  bar.setAttribute("aria-label", t("scope.label"));
  bar.dataset.mode = scope.get().mode;
  fill(bar, target(), actions(), chips());
}

function target() {
  const { mode, patientId } = scope.get();
  const isPatient = patientId !== null;
  return h(
    "div",
    { class: "scope-target" },
    h("span", { class: "scope-glyph" }, icon(isPatient ? "person" : mode === "literature" ? "book" : "documents")),
    h(
      "p",
      { class: "scope-words" },
      h("span", { class: "scope-caption" }, t(isPatient ? "scope.record" : "scope.searching")),
      h("strong", { class: "scope-name" }, isPatient ? patientTitle(patientId) : t(`scope.${mode}`)),
      h("span", { class: "scope-about" }, about()),
      isPatient ? homonyms(patientNamed(patientId)) : null,
    ),
  );
}

/** Say that another patient bears the same name: the danger that must be seen before anything is read. */
function homonyms(known) {
  if (!known?.homonyms?.length) return null;
  const others = known.homonyms.map((id) => patientNamed(id)).filter(Boolean).map(traitsLine);
  return h("span", { class: "homonym", role: "note", title: others.join("\n") }, icon("alert"), t("traits.homonyms", { count: others.length, name: nameOf(known), others: others.join(" ; ") }));
}

function about() {
  const { mode, patientId } = scope.get();
  if (!patientId) return t(`scope.${mode}.about`);
  const known = patientNamed(patientId);
  const record = known ? recordSize({ ...known, ...(period.patientId === patientId ? period : {}) }) : "";
  return [record, t(mode === "patient+literature" ? "scope.with_literature" : "scope.record_only")].filter(Boolean).join(" · ");
}

/** How a patient is written wherever one is named: the identifier, and the name where the hospital gives it. */
export function patientTitle(patientId) {
  const known = patientNamed(patientId);
  return known ? traitsLine(known) : patientId;
}

function actions() {
  const count = countFilters();
  return h(
    "div",
    { class: "scope-actions" },
    scope.get().patientId ? h("a", { class: "button button-quiet", href: address("patients", scope.get().patientId, "pathway") }, icon("clock"), h("span", {}, t("record.title"))) : null,
    h("button", { type: "button", class: "button button-quiet", "aria-keyshortcuts": "p", on: { click: choosePatient } }, icon("person"), h("span", {}, t(scope.get().patientId ? "scope.change" : "scope.choose"))),
    h(
      "button",
      { type: "button", class: "button button-quiet", "aria-keyshortcuts": "f", on: { click: openFilters } },
      icon("filter"),
      h("span", {}, count ? t("filters.count", { count }) : t("filters.title")),
    ),
  );
}

function chips() {
  if (countFilters() === 0) return null;
  const value = filters.get();
  const without = (name) => filters.set({ ...value, kinds: value.kinds.filter((other) => other !== name) });
  const items = [
    ...value.kinds.map((item) => chip(kind(item), () => without(item))),
    value.language ? chip(t(`language.${value.language}`), () => filters.set({ ...value, language: "" })) : null,
    value.from || value.to ? chip(written(value), () => filters.set({ ...value, from: "", to: "" })) : null,
  ];
  const clear = h("button", { type: "button", class: "link", on: { click: () => filters.set(noFilters()) } }, t("filters.clear"));
  return h("div", { class: "scope-chips" }, h("span", { class: "scope-chips-label" }, t("filters.only")), items, clear);
}

function written({ from, to }) {
  if (from && to) return t("period", { from: date(from), to: date(to) });
  return from ? t("period.since", { from: date(from) }) : t("period.until", { to: date(to) });
}

function chip(text, remove) {
  return h(
    "span",
    { class: "chip", lang: language() },
    text,
    h("button", { type: "button", class: "chip-remove", "aria-label": t("filters.remove", { name: text }), on: { click: remove } }, icon("close")),
  );
}
