// Choose whose record is searched. A list that is typed into, driven by the arrow keys (ARIA combobox with a list box).

import { announce } from "../core/announce.js";
import { openDialog } from "../core/dialog.js";
import { fill, h, uid } from "../core/dom.js";
import { compare } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { may, patients } from "../session.js";
import { openEmergency } from "./emergency.js";
import { recordSize } from "./record.js";
import { scope } from "./scope.js";
import { bornOf, matches, nameOf } from "./traits.js";

let onChosen = (next) => scope.set(next);

/** Say what happens when a scope is chosen: the chat begins a new conversation. */
export function whenChosen(handler) {
  onChosen = handler;
}

/** Open the dialog. */
export function choosePatient() {
  const current = scope.get();
  const literature = h("input", { type: "checkbox", id: uid("literature"), checked: current.mode === "patient+literature" });
  const choose = (next) => {
    dialog.close();
    onChosen(next);
    announce(t("scope.chosen", { scope: next.patientId ?? t(`scope.${next.mode}`) }));
  };
  const choosePatientId = (id) => choose({ patientId: id, mode: literature.checked ? "patient+literature" : "patient" });
  const { input, list, stop } = combobox(choosePatientId);
  const emergency = () => {
    dialog.close();
    openEmergency((id) => onChosen({ patientId: id, mode: "patient" }));
  };
  const content = h(
    "div",
    { class: "stack" },
    h("label", { htmlFor: input.id }, t("picker.find")),
    input,
    list,
    h("label", { class: "check", htmlFor: literature.id }, literature, h("span", {}, t("picker.literature"))),
    h("div", { class: "picker-others" }, h("p", { class: "caption" }, t("picker.or")), wider("literature", "book", choose), wider("all", "documents", choose)),
    h("p", { class: "hint" }, t("picker.new_conversation")),
    may("emergency") ? h("button", { type: "button", class: "button", on: { click: emergency } }, icon("alert"), t("emergency.title")) : null,
  );
  const dialog = openDialog({ title: t("picker.title"), content, initial: input, onClose: stop });
}

function wider(mode, glyph, choose) {
  const pick = () => choose({ mode, patientId: null });
  return h(
    "button",
    { type: "button", class: "picker-wide", on: { click: pick } },
    icon(glyph),
    h("span", {}, h("strong", {}, t(`scope.${mode}`)), h("small", {}, t(`scope.${mode}.about`))),
  );
}

function combobox(choose) {
  const list = h("ul", { class: "picker-list", role: "listbox", id: uid("patients"), "aria-label": t("picker.patients") });
  const input = h("input", {
    class: "input",
    id: uid("find"),
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": list.id,
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: t("picker.placeholder"),
  });
  let shown = [];
  let active = 0;
  const mark = (index) => {
    active = Math.max(0, Math.min(index, shown.length - 1));
    const options = [...list.querySelectorAll("[role=option]")];
    for (const [place, option] of options.entries()) option.setAttribute("aria-selected", String(place === active));
    const option = options[active];
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const draw = () => {
    shown = matching(input.value);
    fill(list, shown.length ? shown.map((patient) => option(patient, choose)) : h("li", { class: "picker-none", role: "presentation" }, t("picker.none")));
    mark(0);
  };
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.key];
    if (step) mark(active + step);
    else if (event.key === "Enter" && shown[active]) choose(shown[active].patient_id);
    else return;
    event.preventDefault();
  });
  draw();
  return { input, list, stop: patients.listen(draw) };
}

function matching(typed) {
  return patients
    .get()
    .filter((patient) => matches(patient, typed))
    .sort((a, b) => compare(nameOf(a) || a.patient_id, nameOf(b) || b.patient_id) || compare(a.patient_id, b.patient_id));
}

function option(patient, choose) {
  return h(
    "li",
    { id: uid("patient"), role: "option", "aria-selected": "false", on: { click: () => choose(patient.patient_id) } },
    h("strong", {}, nameOf(patient) || patient.patient_id),
    h("span", {}, [bornOf(patient), nameOf(patient) ? patient.patient_id : ""].filter(Boolean).join(" · ")),
    h("small", {}, recordSize(patient)),
    patient.homonyms?.length ? h("em", { class: "homonym" }, icon("alert"), t("traits.homonym")) : null,
  );
}
