// What a document is: whose, what, when, and every mark that changes how it is read.

import { h } from "../core/dom.js";
import { date, kind } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { address } from "../core/router.js";
import { patientTitle } from "../scope/scope-bar.js";
import { marks } from "./marks.js";

/** Draw the header of a document. */
export function documentHeader(found) {
  const facts = [kind(found.kind), found.authored_at ? date(found.authored_at, "long") : t("undated"), t(`language.${found.language}`)];
  return h(
    "div",
    { class: "document-header" },
    h("p", { class: "document-whose", data: { patient: found.patient_id === null ? "none" : "yes" } }, whose(found)),
    h("p", { class: "document-facts" }, facts.join(" · ")),
    marks(found),
  );
}

function whose(found) {
  if (found.patient_id === null) return [icon("book"), t("source.literature")];
  return [icon("person"), h("a", { href: address("patients", found.patient_id) }, patientTitle(found.patient_id))];
}
