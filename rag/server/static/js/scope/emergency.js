// Emergency access to a patient out of one's care: a reason is asked for, it is told to who reviews, and it ends by itself.

import { announce } from "../core/announce.js";
import { json } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { fill, h, uid } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { loadPatients } from "../session.js";

/** Ask whose record and why, open it, and call `onOpened` with the patient. */
export function openEmergency(onOpened) {
  const patient = h("input", { class: "input", id: uid("emergency"), required: true, maxlength: "200", autocomplete: "off", spellcheck: "false" });
  const reason = h("textarea", { class: "input", id: uid("reason"), required: true, minlength: "10", maxlength: "1000", rows: "3" });
  const failed = h("p", { class: "form-problem", role: "alert" });
  const submit = h("button", { type: "submit", class: "button button-danger" }, t("emergency.action"));
  const cancel = h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, t("cancel"));
  const form = h("form", { class: "stack" });
  fill(
    form,
    h("p", {}, t("emergency.text")),
    h("label", { htmlFor: patient.id }, t("emergency.patient")),
    patient,
    h("label", { htmlFor: reason.id }, t("emergency.reason")),
    reason,
    failed,
    h("div", { class: "dialog-footer dialog-footer-inline" }, cancel, submit),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    fill(failed, "");
    try {
      const opened = await json("POST", "/v1/emergencies", { body: { patient_id: patient.value.trim(), reason: reason.value.trim() } });
      await loadPatients();
      dialog.close();
      announce(t("emergency.opened", { patient: opened.patient_id }));
      onOpened(opened.patient_id);
    } catch (error) {
      fill(failed, icon("alert"), error.message);
      submit.disabled = false;
    }
  });
  const dialog = openDialog({ title: t("emergency.title"), content: form, initial: patient });
}
