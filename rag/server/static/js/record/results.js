// Results by what was measured and by day: one line an analyte, what was read of it, and whether it lies outside its range.

import { dayOf, firstOf, timeOf } from "./instants.js";

const TOLD = ["HH", "H", "LL", "L", "A", "N"];
const UNSURE = 0.5;

/** Return how a result stands to its range: `H`, `HH`, `L`, `LL`, `A`, `N`, `unusable`, or empty where nothing says. The document's word counts first. */
export function standing({ value, comparator, status, details }) {
  if (status === "unusable") return "unusable";
  if (TOLD.includes(details?.interpretation)) return details.interpretation;
  if (value === null || comparator) return "";
  const { low, high } = rangeOf(details);
  if (low !== null && value < low) return "L";
  if (high !== null && value > high) return "H";
  return low === null && high === null ? "" : "N";
}

/** Tell whether a standing must catch the eye. */
export function isAbnormal(said) {
  return said !== "" && said !== "N" && said !== "unusable";
}

/** Return the range of reference that goes with a result, null where an end is not known. */
export function rangeOf(details) {
  const read = (text) => (text === undefined || text === "" || Number.isNaN(Number(text)) ? null : Number(text));
  return { low: read(details?.reference_low), high: read(details?.reference_high) };
}

/**
 * Return what was measured, results before vital signs, by name: `{key, kind, name, unit, readings, range}`. Readings are by time; the same value of
 * one day told twice is one reading with several facts.
 */
export function analytesOf(facts, compare) {
  const groups = new Map();
  for (const fact of facts) {
    if (!isMeasured(fact)) continue;
    const key = `${fact.kind} ${fact.concept}`;
    groups.set(key, [...(groups.get(key) ?? []), fact]);
  }
  return [...groups].map(([key, group]) => analyte(key, group)).sort((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name));
}

function isMeasured({ kind, assertion, value, value_text: text }) {
  return (kind === "lab" || kind === "vital") && (assertion === "present" || assertion === "history") && (value !== null || text !== "");
}

function analyte(key, facts) {
  const readings = readingsOf(facts);
  const unit = commonest(facts.filter((fact) => fact.value !== null).map((fact) => fact.unit)) ?? "";
  const ranged = readings.findLast(({ fact }) => rangeOf(fact.details).low !== null || rangeOf(fact.details).high !== null);
  return { key, kind: facts[0].kind, name: facts[0].name ?? facts[0].label, unit, readings, range: rangeOf(ranged?.fact.details) };
}

function readingsOf(facts) {
  const found = new Map();
  for (const fact of [...facts].sort((a, b) => (firstOf(timeOf(a)) ?? 0) - (firstOf(timeOf(b)) ?? 0) || timeOf(a).localeCompare(timeOf(b)))) {
    const key = [dayOf(timeOf(fact)), fact.value ?? fact.value_text, fact.unit, fact.comparator, fact.status === "unusable"].join(" ");
    if (found.has(key)) found.get(key).facts.push(fact);
    else found.set(key, { day: dayOf(timeOf(fact)), fact, facts: [fact], standing: "", isUnsure: false });
  }
  return [...found.values()].map(settled);
}

function settled(reading) {
  const best = reading.facts.find((fact) => standing(fact) !== "") ?? reading.fact;
  return { ...reading, fact: best, standing: standing(best), isUnsure: reading.facts.every((fact) => fact.confidence < UNSURE) };
}

/** Return the readings that one curve may join: numbers in the unit that most have, on a known day. */
export function plotted({ readings, unit }) {
  return readings.filter(({ fact, day, standing: said }) => day && fact.value !== null && !fact.comparator && fact.unit === unit && said !== "unusable");
}

/** Return the days on which anything was measured, the latest first; what has no day last. */
export function daysOf(analytes) {
  const days = new Set(analytes.flatMap(({ readings }) => readings.map(({ day }) => day)));
  return [...days].sort((a, b) => (firstOf(b) ?? Number.NEGATIVE_INFINITY) - (firstOf(a) ?? Number.NEGATIVE_INFINITY) || b.localeCompare(a));
}

function commonest(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
