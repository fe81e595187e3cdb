// Erasing a document: asked for once more, with what it means, then told.

import { announce } from "../core/announce.js";
import { confirmDialog, openDialog } from "../core/dialog.js";
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { deleteDocument } from "./documents.js";

/** Ask, erase, and call `onDone` where it was erased. */
export async function askToDelete(item, onDone) {
  const text = t(item.patient_id ? "delete.text_patient" : "delete.text", { title: item.title, patient: item.patient_id ?? "" });
  if (!(await confirmDialog({ title: t("delete.title"), text, action: t("delete.action") }))) return;
  try {
    await deleteDocument(item.doc_id);
  } catch (error) {
    openDialog({ title: t("delete.failed"), content: h("p", {}, error.message) });
    return;
  }
  announce(t("delete.done", { title: item.title }));
  onDone();
}
