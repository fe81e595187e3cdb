// The frame: side bar with navigation and conversations, content, and the source beside it.

import { fill, h } from "./core/dom.js";
import { icon } from "./core/icons.js";
import { chooseLanguage, language, t } from "./core/i18n.js";
import { address } from "./core/router.js";
import { nextTheme, theme } from "./core/theme.js";
import { history } from "./chat/history.js";
import { may, session, signOut } from "./session.js";
import { openHelp } from "./shortcuts.js";
import { sourcePanel } from "./source/panel.js";

const content = h("main", { id: "content", class: "content", tabindex: "-1" });
let onLanguage = () => {};

/** Build the frame anew in the language of the page. `changed` is called when the reader chooses another. */
export function drawShell(changed) {
  onLanguage = changed;
  const frame = h("div", { class: "shell" }, topBar(), sideBar(), content, sourcePanel());
  fill(document.getElementById("app"), frame);
  document.querySelector(".skip-link").textContent = t("skip");
}

/** Show an element as the content. `name` marks the place in the navigation. */
export function showContent(element, { name, title, focus = true }) {
  fill(content, element);
  document.title = title ? `${title} · Traboule` : "Traboule";
  for (const link of document.querySelectorAll(".nav a")) {
    if (link.dataset.name === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  openDrawer(false);
  if (focus) content.focus({ preventScroll: true });
}

function topBar() {
  const menu = h("button", { type: "button", class: "button-icon", "aria-label": t("nav.menu"), "aria-expanded": "false", "aria-controls": "side", on: { click: toggleDrawer } }, icon("menu"));
  return h("nav", { class: "top-bar", "aria-label": t("nav.menu") }, menu, wordmark(), newQuestion("button-icon", true));
}

function sideBar() {
  return h(
    "header",
    { class: "side", id: "side", on: { keydown: (event) => event.key === "Escape" && openDrawer(false) } },
    h("div", { class: "side-top" }, wordmark(), session.get().demo ? h("p", { class: "tag tag-demo" }, t("demo")) : null),
    newQuestion("button button-new", false),
    navigation(),
    may("converse") ? history() : h("div", { class: "history" }),
    preferences(),
  );
}

function wordmark() {
  return h("a", { class: "wordmark", href: "#/" }, h("img", { src: "/static/icon.svg", alt: "", width: "24", height: "24" }), "Traboule");
}

function newQuestion(style, isBare) {
  return h("a", { class: style, href: address("new"), "aria-keyshortcuts": "n", "aria-label": isBare ? t("nav.new") : null }, icon("new"), isBare ? null : t("nav.new"));
}

function navigation() {
  const link = (name, glyph, key, ...parts) => h("li", {}, h("a", { href: address(...parts), data: { name } }, icon(glyph), t(key)));
  return h(
    "nav",
    { class: "nav", "aria-label": t("nav.label") },
    h("ul", {}, link("ask", "ask", "nav.ask", ""), link("documents", "documents", "nav.documents", "documents"), may("reports") ? link("reports", "chart", "nav.reports", "reports") : null),
  );
}

function preferences() {
  const { name, display_name: shown, demo } = session.get();
  const leave = demo ? null : h("button", { type: "button", class: "button-icon", "aria-label": t("sign_out"), title: t("sign_out"), on: { click: signOut } }, icon("exit"));
  return h(
    "div",
    { class: "side-foot" },
    h("p", { class: "side-user" }, icon("lock"), h("span", {}, demo ? t("demo.user") : (shown ?? name)), leave),
    h("div", { class: "side-tools" }, languages(), themeButton(), h("button", { type: "button", class: "button-icon", "aria-label": t("help.title"), title: t("help.title"), "aria-keyshortcuts": "?", on: { click: openHelp } }, icon("help"))),
  );
}

/** The switch between French and English, each named in its own language. */
export function languages(changed = () => onLanguage()) {
  const choose = async (code) => {
    await chooseLanguage(code);
    changed();
    document.querySelector(`.languages [lang=${code}]`)?.focus();
  };
  const button = (code, label) => h("button", { type: "button", lang: code, "aria-pressed": String(language() === code), "aria-label": label, on: { click: () => choose(code) } }, code.toUpperCase());
  return h("div", { class: "languages", role: "group", "aria-label": t("nav.language") }, button("fr", "Français"), button("en", "English"));
}

function themeButton() {
  const label = () => t("nav.theme", { theme: t(`theme.${theme()}`) });
  const button = h("button", { type: "button", class: "button-icon", "aria-label": label(), title: label() }, icon("theme"));
  button.addEventListener("click", () => {
    nextTheme();
    button.setAttribute("aria-label", label());
    button.title = label();
  });
  return button;
}

function toggleDrawer() {
  openDrawer(document.body.dataset.drawer !== "open");
}

function openDrawer(open) {
  if (open) document.body.dataset.drawer = "open";
  else delete document.body.dataset.drawer;
  const button = document.querySelector(".top-bar [aria-controls=side]");
  button?.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector(".side a, .side button")?.focus();
}
