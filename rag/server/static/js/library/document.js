// One document on a page of its own.

import { fill, h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { address, go } from "../core/router.js";
import { may } from "../session.js";
import { fetchDocument } from "../source/documents.js";
import { documentHeader } from "../source/header.js";
import { documentViews } from "../source/views.js";
import { askToDelete } from "./delete.js";

/** Show a document; returns `{element, title}`. */
export function documentPage(docId) {
  const body = h("div", {}, h("p", { class: "working-line" }, t("loading")));
  const heading = h("h1", {}, t("source.title"));
  const back = h("a", { class: "back", href: address("documents") }, icon("left"), t("library.back"));
  const tools = h("div", { class: "page-tools" });
  const element = h("article", { class: "page page-document" }, back, h("header", { class: "page-header" }, heading, tools), body);
  fetchDocument(docId)
    .then((found) => {
      const { views, settle } = documentViews(found);
      fill(heading, found.title);
      heading.lang = found.language;
      fill(tools, removal(found));
      fill(body, documentHeader(found), origin(found), views);
      document.title = `${found.title} · Traboule`;
      settle();
    })
    .catch((error) => fill(body, h("div", { class: "failure" }, h("p", {}, icon("alert"), h("span", {}, error.message)))));
  return { element, title: t("source.title") };
}

function removal(found) {
  if (!may("delete") || (found.patient_id === null && !may("curate"))) return null;
  return h("button", { type: "button", class: "button button-quiet", on: { click: () => askToDelete(found, () => go("documents")) } }, icon("trash"), t("delete.action"));
}

function origin(found) {
  const facts = [
    [t("document.id"), found.doc_id],
    [t("document.encounter"), found.encounter_id],
    [t("document.file"), fileName(found.uri)],
    [t("document.sha256"), found.sha256],
  ].filter(([, value]) => value);
  return h("details", { class: "document-origin" }, h("summary", {}, t("document.origin")), h("dl", {}, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
}

function fileName(uri) {
  try {
    return decodeURIComponent((uri ?? "").split("/").at(-1));
  } catch {
    return uri;
  }
}
