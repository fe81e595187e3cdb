// Every shortcut of the page and the dialog that lists them.

import { openDialog } from "./core/dialog.js";
import { h, uid } from "./core/dom.js";
import { areOn, declared, shortcut, switchShortcuts } from "./core/keyboard.js";
import { t } from "./core/i18n.js";
import { go } from "./core/router.js";
import { copy } from "./chat/actions.js";
import { current, stop } from "./chat/conversation.js";
import { stepCitation } from "./chat/view.js";
import { openFilters } from "./scope/filters.js";
import { choosePatient } from "./scope/patient-picker.js";
import { closeSource } from "./source/panel.js";

/** Declare them, once the session is known. */
export function declareShortcuts() {
  shortcut("?", "key.help", openHelp);
  shortcut("/", "key.question", () => focus(".composer-input") || go(""));
  shortcut("n", "key.new", () => go("new"));
  shortcut("p", "key.patient", choosePatient);
  shortcut("f", "key.filters", openFilters);
  shortcut("j", "key.next", () => stepCitation(1));
  shortcut("k", "key.previous", () => stepCitation(-1));
  shortcut("a", "key.answer", () => focus(".turn:last-child .turn-question, .turn:nth-last-child(2) .turn-question"));
  shortcut("c", "key.copy", copyLast);
  shortcut("Escape", "key.escape", () => closeSource() || stop());
  shortcut("g q", "key.go_ask", () => go(""));
  shortcut("g d", "key.go_documents", () => go("documents"));
  shortcut("g e", "key.go_reports", () => go("reports"));
}

function focus(selector) {
  const elements = document.querySelectorAll(selector);
  elements[elements.length - 1]?.focus();
  return elements.length > 0;
}

function copyLast() {
  const turn = current.get().turns.findLast((candidate) => candidate.answer);
  if (!turn) return false;
  copy(turn);
  return true;
}

/** Open the list of shortcuts. */
export function openHelp() {
  const on = h("input", { type: "checkbox", id: uid("shortcuts"), checked: areOn(), on: { change: (event) => switchShortcuts(event.target.checked) } });
  const rows = [...declared(), { keys: "Enter", label: "key.send" }, { keys: "Shift+Enter", label: "key.line" }, { keys: "+ − 0", label: "key.zoom" }];
  const content = h(
    "div",
    { class: "stack" },
    h("table", { class: "keys" }, h("caption", { class: "visually-hidden" }, t("help.shortcuts")), h("tbody", {}, rows.map(row))),
    h("label", { class: "check", htmlFor: on.id }, on, h("span", {}, t("help.switch"))),
    h("p", { class: "hint" }, t("help.about")),
  );
  openDialog({ title: t("help.title"), content });
}

function row({ keys, label }) {
  const caps = keys.split(/[ +]/).length > 1 && !keys.includes("−") ? keys.split(/[ +]/) : keys.split(" ");
  return h("tr", {}, h("th", { scope: "row" }, caps.map((cap, place) => [place ? " " : "", h("kbd", {}, t(`cap.${cap}`) === `cap.${cap}` ? cap : t(`cap.${cap}`))])), h("td", {}, t(label)));
}
