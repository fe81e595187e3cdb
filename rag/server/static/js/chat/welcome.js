// Before the first question: what this is, and a few questions to begin with, fitting the scope.

import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { has, t } from "../core/i18n.js";
import { session } from "../session.js";
import { choosePatient } from "../scope/patient-picker.js";
import { scope } from "../scope/scope.js";

/** Draw the welcome; `onExample` gets the question that was chosen. */
export function welcome(onExample) {
  const isPatient = scope.get().patientId !== null;
  const pick = isPatient ? null : h("button", { type: "button", class: "button", on: { click: choosePatient } }, icon("person"), t("welcome.pick"));
  return h(
    "section",
    { class: "welcome" },
    h("h1", {}, t("welcome.title")),
    h("p", { class: "welcome-lead" }, t(isPatient ? "welcome.patient" : "welcome.lead")),
    pick,
    h("h2", { class: "caption" }, t("welcome.examples")),
    h("ul", { class: "examples" }, examples(isPatient).map((question) => h("li", {}, h("button", { type: "button", class: "example", on: { click: () => onExample(question) } }, question)))),
  );
}

function examples(isPatient) {
  const family = isPatient ? "patient" : session.get()?.demo ? "demo" : "literature";
  return [1, 2, 3, 4].map((number) => `example.${family}.${number}`).filter(has).map((key) => t(key));
}
