// The page begins here: words, session, routes.

import { whenSignedOut } from "./core/api.js";
import { fill, h } from "./core/dom.js";
import { t, useLanguage } from "./core/i18n.js";
import { listen } from "./core/keyboard.js";
import { note, route, start, visit } from "./core/router.js";
import { beginAnew, translateTurns } from "./chat/conversation.js";
import { loadConversations } from "./chat/conversations.js";
import { chatView } from "./chat/view.js";
import { documentPage } from "./library/document.js";
import { libraryView } from "./library/view.js";
import { recordView } from "./record/view.js";
import { reportPage } from "./reports/report.js";
import { reportsView } from "./reports/view.js";
import { whenChosen } from "./scope/patient-picker.js";
import { filters, noFilters } from "./scope/scope.js";
import { showChangePassword } from "./password.js";
import { loadPatients, loadSession, session } from "./session.js";
import { drawShell, showContent } from "./shell.js";
import { declareShortcuts } from "./shortcuts.js";
import { showSignIn } from "./signin.js";
import { closeSource } from "./source/panel.js";

function declareRoutes() {
  const chat = (options) => {
    const view = chatView(options);
    showContent(view.element, { name: "ask", title: t("nav.ask"), focus: false });
    return view.leave;
  };
  route("", () => chat({}));
  route("new", () => {
    note("");
    closeSource();
    return chat({ fresh: true });
  });
  route("c/:id", ({ id }) => chat({ id }));
  page("documents", "documents", () => libraryView());
  page("documents/:id", "documents", ({ id }) => documentPage(id));
  page("patients/:id", "documents", ({ id }) => recordView(id));
  page("patients/:id/:tab", "documents", ({ id, tab }) => recordView(id, tab));
  page("reports", "reports", () => reportsView());
  page("reports/:id", "reports", ({ id }) => reportPage(id));
}

function page(pattern, name, make) {
  route(pattern, (parts) => {
    closeSource();
    const { element, title, leave } = make(parts);
    showContent(element, { name, title });
    return leave;
  });
}

async function enter() {
  const redraw = () => {
    translateTurns();
    drawShell(redraw);
    visit();
  };
  drawShell(redraw);
  await Promise.all([loadPatients(), loadConversations()]);
  start();
  document.body.dataset.ready = "true";
}

async function begin() {
  await useLanguage(document.documentElement.lang);
  const here = await loadSession();
  if (here.signed_in) return welcomed();
  return showSignIn(welcomed);
}

async function welcomed() {
  if (session.get().must_change_password) return showChangePassword(() => window.location.reload());
  return enter();
}

whenSignedOut(() => window.location.reload());
whenChosen((next) => {
  filters.set(noFilters()); // a filter set for one patient must not hide documents of the next
  beginAnew(next);
  if (window.location.hash.length > 2) window.location.hash = "#/";
});
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault(); // the address after # belongs to the routes
  document.getElementById("content").focus();
});
declareRoutes();
declareShortcuts();
listen();
begin().catch((error) => fill(document.getElementById("app"), h("p", { class: "failure" }, error.message)));
