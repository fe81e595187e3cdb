// The page where questions are asked: scope bar, conversation, composer.

import { announce } from "../core/announce.js";
import { fill, h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { note } from "../core/router.js";
import { scopeBar } from "../scope/scope-bar.js";
import { scope } from "../scope/scope.js";
import { closeSource } from "../source/panel.js";
import { fileName, save } from "./actions.js";
import { makeComposer } from "./composer.js";
import { askHere, beginAnew, current, isAsking, openConversation, stop } from "./conversation.js";
import { conversationMarkdown } from "./markdown.js";
import { welcome } from "./welcome.js";

/** Show the conversation with this id, or the current one; returns `{element, leave}`. */
export function chatView({ id = null, fresh = false } = {}) {
  const thread = h("div", { class: "thread" });
  const scroller = h("div", { class: "thread-scroll", tabindex: "-1" }, thread);
  const composer = makeComposer({ onAsk: put, onStop: stop });
  const element = h("div", { class: "chat" }, scopeBar(), scroller, h("div", { class: "composer-dock" }, composer.element));

  function put(question, useLlm) {
    askHere(question, useLlm, changed);
  }
  function changed(turn) {
    composer.busy(isAsking());
    draw();
    if (isAsking()) window.requestAnimationFrame(() => turn.element.scrollIntoView({ block: "start" }));
    else if (current.get().id) note("c", current.get().id);
  }
  function draw() {
    const { turns, title } = current.get();
    const example = (question) => put(question, true);
    if (turns.length === 0) return void fill(thread, welcome(example));
    const settled = turns.filter((turn) => turn.answer);
    const wanted = turns.map((turn) => turn.element);
    const tools = settled.length > 1 ? h("div", { class: "thread-tools" }, exportAll(title || turns[0].question, settled)) : null;
    if (wanted.every((turnElement, place) => thread.children[place + 1] === turnElement) && !tools) return;
    fill(thread, h("h1", { class: "visually-hidden" }, t("nav.ask")), wanted, tools);
  }
  const stopListening = [
    current.listen(draw),
    scope.listen(() => {
      closeSource();
      composer.input.focus();
    }),
  ];
  if (id && current.get().id !== id) load(id, thread, scroller);
  else if (fresh && !isAsking()) beginAnew();
  draw();
  composer.busy(isAsking());
  window.requestAnimationFrame(() => document.activeElement.closest(".languages") ?? composer.input.focus({ preventScroll: true }));
  const leave = () => {
    for (const end of stopListening) end();
  };
  return { element, leave, composer };
}

async function load(id, thread, scroller) {
  fill(thread, h("p", { class: "working-line" }, t("loading")));
  try {
    await openConversation(id);
    scroller.scrollTo(0, scroller.scrollHeight);
  } catch (error) {
    fill(thread, h("div", { class: "failure" }, h("p", {}, icon("alert"), h("span", {}, error.message))));
    announce(error.message);
  }
}

function exportAll(title, turns) {
  const run = () => save(conversationMarkdown(title, turns), fileName(turns[0]));
  return h("button", { type: "button", class: "button button-quiet button-small", on: { click: run } }, icon("download"), t("actions.export_all"));
}

/** Open the next citation (step 1) or the one before (step −1); wraps around. */
export function stepCitation(step) {
  const cites = [...document.querySelectorAll(".turn .cite")].filter((element) => element.checkVisibility());
  if (cites.length === 0) return false;
  const here = cites.findIndex((element) => element === document.activeElement || element.dataset.opened === "true");
  const next = cites[(here + step + cites.length) % cites.length] ?? cites[0];
  next.scrollIntoView({ block: "nearest" });
  if (document.body.dataset.source === "open") next.click();
  else next.focus();
  return true;
}

