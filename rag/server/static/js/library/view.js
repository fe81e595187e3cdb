// The document library: search, filter, open, add, delete.

import { announce } from "../core/announce.js";
import { fill, h, uid } from "../core/dom.js";
import { compare, date, kind } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { address } from "../core/router.js";
import { knownKinds, loadPatients, may, patients } from "../session.js";
import { marks } from "../source/marks.js";
import { askToDelete } from "./delete.js";
import { fetchDocuments } from "./documents.js";
import { quarantine } from "./quarantine.js";
import { uploader } from "./upload.js";

const TYPING_PAUSE_MS = 200;

/** Show the library; returns `{element, title, leave}`. */
export function libraryView() {
  const results = h("div", { class: "library-results" });
  const state = { words: "", patientId: "", kind: "" };
  let asked = 0;
  const refresh = async () => {
    asked += 1;
    const turn = asked;
    try {
      const part = await fetchDocuments(state);
      if (turn === asked) draw(results, part, state, refresh);
    } catch (error) {
      if (turn === asked) fill(results, h("div", { class: "failure" }, h("p", {}, icon("alert"), h("span", {}, error.message))));
    }
  };
  const waiting = may("upload") ? quarantine(() => {
    refresh();
    loadPatients();
  }) : null;
  const onAdded = () => {
    refresh();
    loadPatients();
    waiting?.refresh();
  };
  refresh();
  const element = h(
    "div",
    { class: "page" },
    h("header", { class: "page-header" }, h("h1", {}, t("library.title")), h("p", { class: "hint" }, t("library.about"))),
    may("upload") || may("curate") ? uploader(onAdded) : null,
    waiting?.element ?? null,
    searchForm(state, refresh),
    results,
  );
  return { element, title: t("library.title") };
}

function searchForm(state, refresh) {
  let timer = 0;
  const later = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(refresh, TYPING_PAUSE_MS);
  };
  const words = h("input", { type: "search", class: "input", id: uid("words"), placeholder: t("library.placeholder"), autocomplete: "off", maxlength: "200" });
  words.addEventListener("input", () => {
    state.words = words.value.trim();
    later();
  });
  const choose = (name) => (value) => {
    state[name] = value;
    refresh();
  };
  const ids = patients.get().map(({ patient_id: id }) => [id, id]);
  const kinds = knownKinds().map((name) => [name, kind(name)]).sort((a, b) => compare(a[1], b[1]));
  return h(
    "search",
    { class: "library-search" },
    labelled("library.find", words),
    labelled("library.patient", chooser([["", t("library.any_patient")], ...ids], choose("patientId"))),
    labelled("library.kind", chooser([["", t("library.any_kind")], ...kinds], choose("kind"))),
  );
}

function chooser(options, choose) {
  const select = h("select", { class: "input", id: uid("choice") }, options.map(([value, text]) => h("option", { value }, text)));
  select.addEventListener("change", () => choose(select.value));
  return select;
}

function labelled(key, control) {
  return h("div", {}, h("label", { htmlFor: control.id }, t(key)), control);
}

function draw(results, part, state, refresh) {
  if (part.documents.length === 0) return void fill(results, h("p", { class: "empty" }, t("library.none")));
  const body = h("tbody", {}, part.documents.map((item) => row(item, refresh)));
  const columns = ["library.column_title", "library.column_patient", "library.column_kind", "library.column_date"];
  const head = h("thead", {}, h("tr", {}, columns.map((key) => h("th", { scope: "col" }, t(key))), h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, t("library.column_actions")))));
  const count = h("p", { class: "caption" }, t(part.next ? "library.count_more" : "library.count", { count: part.documents.length }));
  const more = part.next ? h("button", { type: "button", class: "button", on: { click: () => extend(body, more, count, part, state, refresh) } }, t("library.more")) : null;
  fill(results, count, h("table", { class: "table" }, h("caption", { class: "visually-hidden" }, t("library.title")), head, body), more);
}

async function extend(body, more, count, part, state, refresh) {
  const next = await fetchDocuments({ ...state, after: part.next });
  body.append(...next.documents.map((item) => row(item, refresh)));
  part.next = next.next;
  more.hidden = !next.next;
  count.textContent = t(part.next ? "library.count_more" : "library.count", { count: body.children.length });
  announce(count.textContent);
}

function row(item, refresh) {
  const canDelete = may("delete") && (item.patient_id !== null || may("curate"));
  const remove = h("button", { type: "button", class: "button-icon", "aria-label": t("library.delete", { title: item.title }), on: { click: () => askToDelete(item, refresh) } }, icon("trash"));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: address("documents", item.doc_id), lang: item.language }, item.title), marks(item)),
    h("td", { data: { label: t("library.column_patient") } }, item.patient_id ? h("a", { href: address("patients", item.patient_id) }, item.patient_id) : t("references.literature")),
    h("td", { data: { label: t("library.column_kind") } }, kind(item.kind)),
    h("td", { class: "numeric", data: { label: t("library.column_date") } }, item.authored_at ? h("time", { datetime: item.authored_at }, date(item.authored_at)) : t("undated")),
    h("td", { class: "table-actions" }, canDelete ? remove : null),
  );
}
