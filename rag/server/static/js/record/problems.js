// Allergies and problems of a record. An allergy that is stated anywhere is shown, whatever else is said of it; silence is never absence.

import { firstOf, timeOf } from "./instants.js";

const ANY_ALLERGY = "allergy";
const SURE = 0.5;

/**
 * Return `{present, unconfirmed, absent, noneKnown}`: groups of facts by what they are an allergy to; `noneKnown` are the facts that deny any allergy.
 * All four are empty where the record says nothing.
 */
export function allergiesOf(facts) {
  const stated = facts.filter((fact) => fact.kind === "allergy" && fact.assertion !== "family");
  const noneKnown = stated.filter((fact) => fact.concept === ANY_ALLERGY && isDenied(fact));
  const found = { present: [], unconfirmed: [], absent: [], noneKnown };
  for (const group of grouped(stated.filter((fact) => !noneKnown.includes(fact)), (fact) => fact.concept)) found[standingOf(group)].push(named(group));
  return found;
}

function standingOf(group) {
  if (group.some((fact) => !isDenied(fact) && isSure(fact))) return "present";
  return group.some((fact) => !isDenied(fact)) ? "unconfirmed" : "absent";
}

function isSure(fact) {
  return fact.confidence >= SURE && fact.status !== "unconfirmed" && fact.assertion !== "hypothesis";
}

function isDenied(fact) {
  return fact.status === "documented_absent" || fact.assertion === "negated";
}

/** Return the problems of a record, those told by most documents first: `{name, side, facts, status}`. Signs and what is ruled out are none. */
export function problemsOf(facts, compare) {
  const stated = facts.filter(isProblem);
  const all = [...grouped(stated, (fact) => `${fact.concept} ${fact.side}`)].map((group) => ({ ...named(group), status: statusOf(group) }));
  const weight = ({ status, facts: told }) => [status === "resolved" ? 1 : 0, -new Set(told.map((fact) => fact.doc_id)).size];
  return all.sort((a, b) => weight(a)[0] - weight(b)[0] || weight(a)[1] - weight(b)[1] || compare(a.name, b.name));
}

function isProblem({ kind, area, assertion, status, confidence }) {
  return kind === "condition" && area !== "symptom" && (assertion === "present" || assertion === "history") && status !== "refuted" && confidence >= SURE;
}

function statusOf(group) {
  const last = group.reduce((a, b) => ((firstOf(timeOf(b)) ?? 0) >= (firstOf(timeOf(a)) ?? 0) ? b : a));
  if (last.status === "resolved") return "resolved";
  return group.every((fact) => fact.status === "suspected" || fact.status === "unconfirmed") ? "suspected" : "";
}

function named(facts) {
  const [first] = facts;
  return { name: first.name ?? first.label, side: first.side ?? "", facts };
}

function grouped(facts, key) {
  const groups = new Map();
  for (const fact of facts) groups.set(key(fact), [...(groups.get(key(fact)) ?? []), fact]);
  return [...groups.values()];
}
