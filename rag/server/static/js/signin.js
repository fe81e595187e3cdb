// The way in. Errors are told beside the form, in one line, and never say which of the two was wrong.

import { announce } from "./core/announce.js";
import { fill, h } from "./core/dom.js";
import { icon } from "./core/icons.js";
import { t } from "./core/i18n.js";
import { session, signIn } from "./session.js";
import { languages } from "./shell.js";

/** Show the page of signing in; `onDone` is called when somebody is. */
export function showSignIn(onDone) {
  const name = field("username", "text", "username", t("sign_in.name"));
  const password = field("password", "password", "current-password", t("sign_in.password"));
  const problem = h("p", { class: "form-problem", id: "sign-in-problem", role: "alert" });
  const submit = h("button", { type: "submit", class: "button button-primary" }, t("sign_in.submit"));
  const form = h("form", { class: "stack" }, name.element, password.element, problem, submit);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    fill(problem, null);
    try {
      await signIn(name.input.value.trim(), password.input.value);
      onDone();
    } catch (error) {
      fill(problem, icon("alert"), error.message);
      password.input.value = "";
      password.input.focus();
    }
    submit.disabled = false;
  });
  const single = session.get()?.sign_in?.includes("oidc") ? h("a", { class: "button", href: "/v1/session/oidc" }, t("sign_in.oidc")) : null;
  const page = h(
    "main",
    { class: "sign-in", id: "content", tabindex: "-1" },
    h("div", { class: "sign-in-card" }, h("p", { class: "wordmark" }, h("img", { src: "/static/icon.svg", alt: "", width: "32", height: "32" }), "Traboule"), h("h1", {}, t("sign_in.title")), h("p", { class: "hint" }, t("sign_in.about")), form, single, languages(() => showSignIn(onDone))),
  );
  fill(document.getElementById("app"), page);
  document.querySelector(".skip-link").textContent = t("skip");
  document.title = `${t("sign_in.title")} · Traboule`;
  document.body.dataset.ready = "true";
  announce(t("sign_in.title"));
  name.input.focus();
}

function field(name, type, autocomplete, text) {
  const input = h("input", { class: "input", id: name, name, type, autocomplete, required: true, autocapitalize: "none", spellcheck: "false", "aria-describedby": "sign-in-problem" });
  return { input, element: h("div", {}, h("label", { htmlFor: name }, text), input) };
}
