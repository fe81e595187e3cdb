// Marks of a document that change how it is read: retracted, read by a machine, copied forward, its level of evidence.

import { h } from "../core/dom.js";
import { date } from "../core/format.js";
import { icon } from "../core/icons.js";
import { has, t } from "../core/i18n.js";

/** Draw the marks of a piece of evidence or of a document; null where there is none. */
export function marks(item) {
  const facts = { ...item.metadata, ...item };
  const found = [retracted(facts), superseded(facts), derived(facts), copied(facts), level(facts), fictitious(facts)].filter(Boolean);
  return found.length ? h("ul", { class: "marks" }, found.map((mark) => h("li", {}, mark))) : null;
}

/** Tell whether a source was retracted. */
export function isRetracted(item) {
  return isTrue(item.retracted ?? item.metadata?.retracted);
}

function retracted({ retracted: value }) {
  if (!isTrue(value)) return null;
  return h("span", { class: "tag tag-danger" }, icon("alert"), typeof value === "string" && !isWord(value) ? t("mark.retracted_on", { note: value }) : t("mark.retracted"));
}

function superseded({ superseded_by: by }) {
  return by ? h("span", { class: "tag tag-warning" }, icon("alert"), t("mark.superseded", { by })) : null;
}

function derived({ derived: value }) {
  return isTrue(value) ? h("span", { class: "tag tag-warning", title: t("mark.derived.about") }, t("mark.derived")) : null;
}

function copied({ copies }) {
  if (!copies?.length) return null;
  const dates = copies.map((copy) => date(copy.authored_at)).join(", ");
  return h("span", { class: "tag", title: t("mark.copied.about") }, t("mark.copied", { count: copies.length, dates }));
}

function level({ evidence_level: value }) {
  if (!value) return null;
  return h("span", { class: "tag tag-level" }, t("mark.level", { level: has(`level.${value}`) ? t(`level.${value}`) : value }));
}

function fictitious({ fictitious: value }) {
  return isTrue(value) ? h("span", { class: "tag" }, t("mark.fictitious")) : null;
}

function isTrue(value) {
  return value === true || (typeof value === "string" && value !== "" && value.toLowerCase() !== "false");
}

function isWord(value) {
  return value.toLowerCase() === "true" || value.toLowerCase() === "yes";
}
