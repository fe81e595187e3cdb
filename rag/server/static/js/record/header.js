// What must be known before anything else of a patient: allergies first, then problems, then what contradicts itself.

import { h } from "../core/dom.js";
import { compare, date } from "../core/format.js";
import { icon } from "../core/icons.js";
import { has, t } from "../core/i18n.js";
import { readSentence, when } from "./coverage.js";
import { timeOf } from "./instants.js";
import { allergiesOf, problemsOf } from "./problems.js";
import { about, sourced } from "./sources.js";

const PROBLEMS_SHOWN = 8;
const CONFLICTS_SHOWN = 3;

/** Draw the head of a record. */
export function recordHead(record) {
  return h("div", { class: "record-head" }, allergies(record), problems(record), conflicts(record));
}

function allergies(record) {
  const found = allergiesOf(record.facts);
  const isAlarming = found.present.length > 0;
  const isSilent = Object.values(found).every((group) => group.length === 0);
  return h(
    "section",
    { class: "record-allergies", data: { state: isAlarming ? "present" : isSilent ? "silent" : "other" } },
    h("h2", {}, icon("alert"), t("record.allergies")),
    isAlarming ? h("ul", { class: "chips" }, found.present.map((one) => allergy(record, one))) : null,
    line(record, "record.allergies_unconfirmed", found.unconfirmed),
    line(record, "record.allergies_absent", found.absent),
    found.noneKnown.length ? h("p", {}, t("record.allergies_none_known"), " ", sourced(record, found.noneKnown, about(record, found.noneKnown[0]), "link")) : null,
    isSilent ? h("p", {}, `${t("record.allergies_silent")} ${readSentence(record.coverage)}`) : null,
  );
}

function allergy(record, { name, facts }) {
  const reaction = facts.map((fact) => fact.details?.reaction).find(Boolean);
  return h("li", {}, sourced(record, facts, [h("strong", {}, name), reaction ? ` – ${reaction}` : null], "fact fact-allergy"));
}

function line(record, key, groups) {
  if (groups.length === 0) return null;
  return h("p", {}, t(key), " ", groups.map(({ name, facts }, place) => [place ? ", " : "", sourced(record, facts, name, "link")]), ".");
}

function problems(record) {
  const found = problemsOf(record.facts, compare);
  const items = found.map((one) => h("li", {}, sourced(record, one.facts, problemWords(one))));
  const rest = items.slice(PROBLEMS_SHOWN);
  return h(
    "section",
    { class: "record-problems" },
    h("h2", {}, t("record.problems")),
    items.length ? h("ul", { class: "chips" }, items.slice(0, PROBLEMS_SHOWN)) : h("p", {}, `${t("record.problems_none")} ${readSentence(record.coverage)}`),
    rest.length ? h("details", { class: "record-more" }, h("summary", {}, t("record.more", { count: rest.length })), h("ul", { class: "chips" }, rest)) : null,
  );
}

function problemWords({ name, side, status }) {
  return [name, sideWords(side), status ? ` (${t(`fact_status.${status}`)})` : null];
}

/** Write a side after what has one. */
export function sideWords(side) {
  return side ? `, ${t(`side.${side}`)}` : null;
}

function conflicts(record) {
  const found = record.conflicts.map((one) => ({ ...one, facts: one.facts.map((id) => record.byId.get(id)).filter(Boolean) })).filter((one) => one.facts.length > 1);
  if (found.length === 0) return null;
  const shown = found.map((one) => conflict(record, one));
  const rest = shown.splice(CONFLICTS_SHOWN);
  const more = rest.length ? h("details", { class: "record-more" }, h("summary", {}, t("record.more", { count: rest.length })), rest) : null;
  return h("section", { class: "record-conflicts" }, h("h2", {}, icon("alert"), t("record.conflicts", { count: found.length })), shown, more);
}

function conflict(record, { why, facts }) {
  const [{ name, label }] = facts;
  return h("div", { class: "conflict" }, h("h3", {}, `${name ?? label} – ${conflictWords(why)}`), h("ul", { class: "conflict-sides" }, facts.map((fact) => statement(record, fact))));
}

/** Say in what statements exclude each other. */
export function conflictWords(why) {
  return t(has(`conflict.${why}`) ? `conflict.${why}` : "conflict.other");
}

function statement(record, fact) {
  return h("li", {}, h("p", {}, sourced(record, [fact], statementWords(fact))), h("p", { class: "hint" }, `${fact.at ? when(fact.at) : date(timeOf(fact))} · ${about(record, fact)}`));
}

/** The document's own words, and what they do not say by themselves. */
function statementWords(fact) {
  const said = fact.details?.dose || fact.value_text;
  const words = [said, fact.side ? t(`side.${fact.side}`) : null, fact.status && !said ? t(`fact_status.${fact.status}`) : null];
  const label = fact.label.toLowerCase();
  return [fact.label, ...words.filter((word) => word && !label.includes(word.toLowerCase()))].join(" · ");
}
