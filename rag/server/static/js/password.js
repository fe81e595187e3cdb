// A first password is changed before anything else is shown.

import { fill, h } from "./core/dom.js";
import { icon } from "./core/icons.js";
import { t } from "./core/i18n.js";
import { changePassword } from "./session.js";

/** Show the form; `onDone` is called when the password was changed. */
export function showChangePassword(onDone) {
  const before = field("current-password", t("password.current"), "current-password");
  const next = field("new-password", t("password.new"), "new-password");
  const again = field("repeat-password", t("password.repeat"), "new-password");
  const problem = h("p", { class: "form-problem", role: "alert" });
  const submit = h("button", { type: "submit", class: "button button-primary" }, t("password.change"));
  const form = h("form", { class: "stack" }, before.element, next.element, again.element, problem, submit);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (next.input.value !== again.input.value) return void fill(problem, icon("alert"), t("password.differ"));
    submit.disabled = true;
    try {
      await changePassword(before.input.value, next.input.value);
      onDone();
    } catch (error) {
      fill(problem, icon("alert"), error.message);
    }
    submit.disabled = false;
  });
  const card = h("div", { class: "sign-in-card" }, h("h1", {}, t("password.title")), h("p", { class: "hint" }, t("password.about")), form);
  fill(document.getElementById("app"), h("main", { class: "sign-in", id: "content", tabindex: "-1" }, card));
  document.title = `${t("password.title")} · Traboule`;
  before.input.focus();
}

function field(id, text, autocomplete) {
  const input = h("input", { class: "input", id, type: "password", autocomplete, required: true });
  return { input, element: h("div", {}, h("label", { htmlFor: id }, text), input) };
}
