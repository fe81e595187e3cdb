// A patient's record as facts: allergies and problems first, then the care pathway, results, treatments and documents, each from its source.

import { fill, h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { address, go, note } from "../core/router.js";
import { tabs } from "../core/tabs.js";
import { patientTitle } from "../scope/scope-bar.js";
import { beginAnew } from "../chat/conversation.js";
import { coverageNote } from "./coverage.js";
import { documentsView } from "./documents-view.js";
import { fetchRecord } from "./fetch.js";
import { recordHead } from "./header.js";
import { pathwayView } from "./pathway-view.js";
import { resultsView } from "./results-view.js";
import { treatmentsView } from "./treatments-view.js";

const VIEWS = { documents: documentsView, pathway: pathwayView, results: resultsView, treatments: treatmentsView };

/** Show the record of a patient, opened at a tab; returns `{element, title}`. All of it is drawn at once: nothing moves as it comes in. */
export function recordView(patientId, tab = "documents") {
  const body = h("div", {}, h("p", { class: "working-line" }, t("loading")));
  const askHere = () => {
    beginAnew({ patientId, mode: "patient" });
    go("");
  };
  const element = h(
    "div",
    { class: "page page-record" },
    h("a", { class: "back", href: address("documents") }, icon("left"), t("library.back")),
    h(
      "header",
      { class: "page-header" },
      h("h1", {}, icon("person"), patientTitle(patientId)),
      h("div", { class: "page-tools" }, h("button", { type: "button", class: "button button-primary", on: { click: askHere } }, icon("ask"), t("timeline.ask"))),
    ),
    body,
  );
  fetchRecord(patientId)
    .then((record) => fill(body, recordHead(record), parts(record, tab), coverageNote(record)))
    .catch((error) => fill(body, h("div", { class: "failure" }, h("p", {}, icon("alert"), h("span", {}, error.message)))));
  return { element, title: patientId };
}

function parts(record, tab) {
  const show = (name) => VIEWS[name](record);
  const after = (name) => note("patients", record.patientId, name);
  return tabs({ label: t("record.title"), names: Object.keys(VIEWS), title: (name) => t(`record_tab.${name}`), show, first: tab, after, style: "record-panel" });
}
