// What waits because it names no patient: shown to who sent it and to curators, who say whose it is, that it is literature, or delete it.

import { announce } from "../core/announce.js";
import { json, path } from "../core/api.js";
import { confirmDialog, openDialog } from "../core/dialog.js";
import { fill, h, uid } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { may, patients } from "../session.js";

/** Draw what waits; `onDone` is called after a document has left. Returns `{element, refresh}`. */
export function quarantine(onDone) {
  const element = h("section", { class: "upload", hidden: true, "aria-label": t("quarantine.title") });
  const refresh = async () => {
    try {
      const { documents } = await json("GET", path(["quarantine"]));
      element.hidden = documents.length === 0;
      const done = (words) => {
        announce(words);
        refresh();
        onDone();
      };
      fill(element, h("h2", {}, t("quarantine.title")), h("p", { class: "hint" }, t("quarantine.about")), h("ul", { class: "upload-list" }, documents.map((item) => line(item, done))));
    } catch (error) {
      fill(element, h("p", {}, icon("alert"), h("span", {}, error.message)));
    }
  };
  refresh();
  return { element, refresh };
}

function line(item, done) {
  const chosen = h("select", { class: "input", id: uid("whose") }, h("option", { value: "" }, t("quarantine.choose")), patients.get().map(({ patient_id: id }) => h("option", { value: id }, id)));
  const assign = act("quarantine.assign", async () => {
    if (!chosen.value) return void chosen.focus();
    await json("POST", place(item, "assign"), { body: { patient_id: chosen.value } });
    done(t("quarantine.assigned", { patient: chosen.value }));
  });
  const literature = act("quarantine.literature", async () => {
    if (!(await confirmDialog({ title: t("quarantine.literature"), text: t("quarantine.literature_text", { title: item.title }), action: t("quarantine.literature") }))) return;
    await json("POST", place(item, "literature"));
    done(t("quarantine.is_literature"));
  });
  const remove = act("quarantine.delete", async () => {
    if (!(await confirmDialog({ title: t("delete.title"), text: t("delete.text", { title: item.title, patient: "" }), action: t("delete.action") }))) return;
    await json("DELETE", place(item));
    done(t("delete.done", { title: item.title }));
  });
  const show = act("quarantine.show", async () => {
    const { text } = await json("GET", place(item));
    openDialog({ title: item.title, content: h("pre", { class: "quarantine-text" }, text) });
  });
  return h(
    "li",
    { class: "upload-line" },
    h("p", { class: "upload-name" }, h("strong", {}, item.title)),
    h("div", { class: "quarantine-acts" }, show, h("label", { class: "visually-hidden", htmlFor: chosen.id }, t("quarantine.whose", { title: item.title })), chosen, assign, may("curate") ? literature : null, remove),
  );
}

function act(key, work) {
  const click = async () => {
    try {
      await work();
    } catch (error) {
      openDialog({ title: t(key), content: h("p", {}, error.message) });
    }
  };
  return h("button", { type: "button", class: "button", on: { click } }, t(key));
}

function place(item, ...rest) {
  return path(["quarantine", item.doc_id, ...rest]);
}
