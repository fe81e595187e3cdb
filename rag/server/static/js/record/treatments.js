// Treatments by their state, current ones first. What a record says is no proof of what is taken.

import { firstOf, timeOf } from "./instants.js";

export const STATES = ["open", "planned", "given", "ended", "refused"];

/** Return `{state: [treatment]}`; a treatment is `{name, state, last, facts, regimen, since, conflicts}`, its facts the latest first. */
export function treatmentsOf({ events, byId, facts, conflicts }, compare) {
  const courses = events.filter(({ kind }) => kind === "drug").map((event) => course(event, byId));
  const refused = [...grouped(facts.filter((fact) => fact.kind === "drug" && fact.status === "not_to_give"))].map(refusal);
  const all = [...courses, ...refused].map((one) => ({ ...one, conflicts: conflicts.filter((conflict) => conflict.facts.some((id) => one.facts.some((fact) => fact.fact_id === id))) }));
  return Object.fromEntries(STATES.map((state) => [state, all.filter((one) => one.state === state).sort((a, b) => compare(a.name, b.name))]));
}

function course(event, byId) {
  const facts = latestFirst(event.facts.map((id) => byId.get(id)).filter(Boolean));
  const last = byId.get(event.last) ?? facts[0];
  return { name: event.title, state: event.state || "open", last, facts, regimen: regimenOf(last, facts), since: event.at?.from ?? null, until: event.at?.to ?? null };
}

function refusal([, facts]) {
  const [last] = latestFirst(facts);
  return { name: last.name ?? last.label, state: "refused", last, facts, regimen: { dose: "", route: "", frequency: "", asOf: null }, since: timeOf(last), until: null };
}

/**
 * Return how much, by which way and how often. The latest statement counts; where it gives no dose, the last one given is told with its date, unless
 * the latest says that the dose was changed.
 */
export function regimenOf(last, facts) {
  const parts = (fact, asOf) => ({ dose: fact.details?.dose ?? "", route: fact.details?.route ?? "", frequency: fact.details?.frequency ?? "", asOf });
  if (last.details?.dose || last.status === "changed") return parts(last, null);
  const dosed = facts.find((fact) => fact.details?.dose && fact.status !== "planned");
  return dosed ? parts(dosed, timeOf(dosed)) : parts(last, null);
}

/** Return the reason that the latest statement with one gives. */
export function reasonOf({ last, facts }) {
  return last.reason || facts.find((fact) => fact.reason)?.reason || "";
}

function latestFirst(facts) {
  return [...facts].sort((a, b) => (firstOf(timeOf(b)) ?? 0) - (firstOf(timeOf(a)) ?? 0));
}

function grouped(facts) {
  const groups = new Map();
  for (const fact of facts) groups.set(fact.concept, [...(groups.get(fact.concept) ?? []), fact]);
  return groups;
}
