// The list of conversations in the side bar, each with its scope, its new name and its end.

import { confirmDialog, openDialog, promptDialog } from "../core/dialog.js";
import { announce } from "../core/announce.js";
import { fill, h } from "../core/dom.js";
import { moment } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { address, go } from "../core/router.js";
import { conversations, deleteConversation, renameConversation } from "./conversations.js";
import { current } from "./conversation.js";

const list = h("ul", { class: "history-list" });
for (const followed of [conversations, current]) followed.listen(draw);

/** Return the list with its heading, in the language of the page. */
export function history() {
  draw();
  return h("section", { class: "history", "aria-label": t("history.title") }, h("h2", { class: "caption" }, t("history.title")), list);
}

function draw() {
  const items = conversations.get();
  fill(list, items.length ? items.map(entry) : h("li", { class: "history-none" }, t("history.none")));
}

function entry(item) {
  const isCurrent = current.get()?.id === item.conversation_id;
  return h(
    "li",
    { class: "history-item", data: { current: String(isCurrent) } },
    h(
      "a",
      { href: address("c", item.conversation_id), class: "history-link", "aria-current": isCurrent ? "page" : null },
      h("span", { class: "history-title" }, item.title),
      h("span", { class: "history-about" }, item.patient_id ?? t("scope.none"), " · ", moment(item.updated_at)),
    ),
    h("span", { class: "history-actions" }, action("edit", "history.rename", item, rename), action("trash", "history.delete", item, remove)),
  );
}

function action(glyph, key, item, run) {
  return h("button", { type: "button", class: "button-icon button-small", "aria-label": t(key, { title: item.title }), on: { click: () => run(item) } }, icon(glyph));
}

async function rename(item) {
  const title = await promptDialog({ title: t("history.rename_title"), label: t("history.name"), value: item.title, action: t("save") });
  if (title) await attempt(() => renameConversation(item.conversation_id, title), "history.renamed");
}

async function remove(item) {
  const agreed = await confirmDialog({ title: t("history.delete_title"), text: t("history.delete_text", { title: item.title }), action: t("delete") });
  if (!agreed) return;
  await attempt(() => deleteConversation(item.conversation_id), "history.deleted");
  if (current.get().id === item.conversation_id) go("new");
}

async function attempt(action, said) {
  try {
    await action();
    announce(t(said));
  } catch (error) {
    openDialog({ title: t("history.failed"), content: h("p", {}, error.message) });
  }
}
