import assert from "node:assert/strict";
import { test } from "node:test";
import { axisOf, periodOf } from "../../rag/server/static/js/record/axis.js";
import { DAY_MS, firstOf, lastOf } from "../../rag/server/static/js/record/instants.js";
import { curvesOf, instantsOf, lanesOf, tracksOf } from "../../rag/server/static/js/record/lanes.js";
import { allergiesOf, problemsOf } from "../../rag/server/static/js/record/problems.js";
import { analytesOf, daysOf, plotted, standing } from "../../rag/server/static/js/record/results.js";
import { regimenOf, treatmentsOf } from "../../rag/server/static/js/record/treatments.js";

const byName = (a, b) => a.localeCompare(b);
const day = (iso) => ({ from: iso, to: iso, precision: "day" });

function fact(kind, concept, rest = {}) {
  const base = { fact_id: `${kind}-${concept}-${JSON.stringify(rest)}`, kind, concept, name: concept, label: concept, value: null, comparator: "", unit: "", value_text: "", status: "" };
  return { ...base, assertion: "present", side: "", at: null, recorded_at: null, reason: "", confidence: 1, details: {}, doc_id: "d", spans: [], area: "", ...rest };
}

function lab(concept, value, iso, rest = {}) {
  return fact("lab", concept, { value, unit: "mmol/L", value_text: `${value} mmol/L`, at: day(iso), ...rest });
}

test("a month is an interval and a day ends at its midnight", () => {
  assert.equal(lastOf("2026-02") - firstOf("2026-02"), 28 * DAY_MS);
  assert.equal(lastOf("2024") - firstOf("2024"), 366 * DAY_MS);
  assert.equal(lastOf("2026-12-31"), firstOf("2027"));
  assert.equal(firstOf("2026-03-12T23:30"), firstOf("2026-03-12"));
  assert.deepEqual([firstOf(null), lastOf("soon")], [null, null]);
});

test("an axis places instants in proportion and keeps what lies outside at its ends", () => {
  const axis = axisOf({ from: firstOf("2026-01-01"), to: firstOf("2026-01-11") }, 100);
  assert.deepEqual(["2026-01-01", "2026-01-06", "2026-01-11"].map((iso) => axis.x(firstOf(iso))), [0, 50, 100]);
  assert.deepEqual([axis.x(firstOf("2020")), axis.x(firstOf("2030"))], [0, 100]);
});

test("an axis writes as many dates as there is room for, at the precision of its step", () => {
  const years = axisOf({ from: firstOf("2010-06-01"), to: firstOf("2020-06-01") }, 930).ticks.map(({ label }) => label);
  assert.deepEqual(years, ["2011", "2012", "2013", "2014", "2015", "2016", "2017", "2018", "2019", "2020"]); // 10 years, room for 11 labels of 84 pixels
  const months = axisOf({ from: firstOf("2026-01-15"), to: firstOf("2026-05-15") }, 420).ticks.map(({ label }) => label);
  assert.deepEqual(months, ["2026-02", "2026-03", "2026-04", "2026-05"]);
  const days = axisOf({ from: firstOf("2026-01-01"), to: firstOf("2026-01-04") }, 420).ticks.map(({ label }) => label);
  assert.deepEqual(days, ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]);
});

test("a period has room at its ends, may be cut to its last part, and is none where nothing is dated", () => {
  assert.equal(periodOf([null]), null);
  const { from, to } = periodOf([firstOf("2020-01-01"), firstOf("2026-01-01"), null], 100 * DAY_MS);
  assert.equal(to - from, 106 * DAY_MS); // 100 days and 3 % at each end
});

test("a result stands as its document says, else by the range it gives, and nowhere without one", () => {
  const of = (value, details, rest = {}) => standing(fact("lab", "k", { value, details, ...rest }));
  const range = { reference_low: "3.5", reference_high: "5" };
  assert.deepEqual([of(3.4, range), of(3.5, range), of(5, range), of(5.1, range)], ["L", "N", "N", "H"]);
  assert.equal(of(4, { ...range, interpretation: "HH" }), "HH");
  assert.equal(of(40, { reference_low: "60" }), "L");
  assert.equal(of(4, {}), "");
  assert.equal(of(3, range, { comparator: "<" }), ""); // below 3 may be anything below
  assert.equal(of(null, {}, { status: "unusable" }), "unusable");
});

test("one value told by two documents is one reading, two values of one day are two", () => {
  const [potassium] = analytesOf([lab("potassium", 4.1, "2026-01-02"), lab("potassium", 4.1, "2026-01-02", { doc_id: "e" }), lab("potassium", 6.2, "2026-01-02"), lab("potassium", 4, "2025-12-30")], byName);
  assert.deepEqual(potassium.readings.map(({ day: on, fact: { value }, facts }) => [on, value, facts.length]), [["2025-12-30", 4, 1], ["2026-01-02", 4.1, 2], ["2026-01-02", 6.2, 1]]);
});

test("a curve joins one unit alone, and neither limits nor unusable or undated values", () => {
  const facts = [lab("k", 4, "2026-01-01"), lab("k", 5, "2026-01-02"), lab("k", 16, "2026-01-03", { unit: "mg/dL" }), lab("k", 3, "2026-01-04", { comparator: "<" }), lab("k", 9, "2026-01-05", { status: "unusable" }), lab("k", 7, "", { at: null })];
  const [one] = analytesOf(facts, byName);
  assert.equal(one.unit, "mmol/L");
  assert.deepEqual(plotted(one).map(({ fact: { value } }) => value), [4, 5]);
  assert.equal(one.readings.length, 6); // the table keeps them all
});

test("what is denied or supposed is no result; days come latest first, the unknown one last", () => {
  const analytes = analytesOf([lab("a", 1, "2026-01-02"), lab("b", 1, "2026-03"), lab("b", 2, "", { at: null }), lab("c", 1, "2027-01-01", { assertion: "hypothesis" })], byName);
  assert.deepEqual(daysOf(analytes), ["2026-03", "2026-01-02", ""]);
});

test("treatments are by state, with the facts that contradict each other", () => {
  const [now, stop, never] = [fact("drug", "apixaban"), fact("drug", "aspirin", { status: "stopped" }), fact("drug", "cefazolin", { status: "not_to_give" })];
  const facts = [now, stop, never];
  const event = (one, state) => ({ kind: "drug", title: one.name, at: day("2026-01-02"), facts: [one.fact_id], last: one.fact_id, state });
  const record = { facts, byId: new Map(facts.map((one) => [one.fact_id, one])), events: [event(stop, "ended"), event(now, "open")], conflicts: [{ facts: [now.fact_id, "other"], why: "dose" }] };
  const groups = treatmentsOf(record, byName);
  assert.deepEqual([groups.open, groups.ended, groups.refused, groups.planned].map((group) => group.map(({ name }) => name)), [["apixaban"], ["aspirin"], ["cefazolin"], []]);
  assert.deepEqual([groups.open[0].conflicts.length, groups.ended[0].conflicts.length], [1, 0]);
});

test("a dose of before is told with its date, and not at all once it was changed", () => {
  const before = fact("drug", "furosemide", { details: { dose: "40 mg" }, at: day("2026-01-02") });
  const kept = fact("drug", "furosemide", { status: "continued", at: day("2026-02-02") });
  assert.deepEqual(regimenOf(kept, [kept, before]), { dose: "40 mg", route: "", frequency: "", asOf: "2026-01-02" });
  const changed = { ...kept, status: "changed" };
  assert.equal(regimenOf(changed, [changed, before]).dose, "");
  const planned = { ...before, status: "planned" };
  assert.equal(regimenOf(kept, [kept, planned]).dose, "");
});

test("an allergy that is stated anywhere is shown, and silence is not a documented absence", () => {
  const denied = { status: "documented_absent", assertion: "negated" };
  const found = allergiesOf([fact("allergy", "penicillin", { status: "present" }), fact("allergy", "penicillin", denied), fact("allergy", "latex", denied), fact("allergy", "iodine", { status: "unconfirmed", confidence: 0.4 })]);
  assert.deepEqual([found.present, found.absent, found.unconfirmed].map((group) => group.map(({ name }) => name)), [["penicillin"], ["latex"], ["iodine"]]);
  assert.equal(found.noneKnown.length, 0);
  const none = allergiesOf([fact("allergy", "allergy", denied)]);
  assert.deepEqual([none.noneKnown.length, none.present.length, none.absent.length], [1, 0, 0]);
  assert.deepEqual(Object.values(allergiesOf([fact("allergy", "nut", { assertion: "family" })])).map((group) => group.length), [0, 0, 0, 0]);
});

test("problems are what the patient has, not signs, not what was ruled out, not a relative's", () => {
  const problem = (concept, rest = {}) => fact("condition", concept, { status: "confirmed", ...rest });
  const facts = [problem("asthma"), problem("asthma", { doc_id: "e" }), problem("copd"), problem("cough", { area: "symptom" }), problem("stroke", { status: "refuted", assertion: "negated" }), problem("cancer", { assertion: "family" }), problem("ulcer", { status: "resolved" }), problem("doubt", { confidence: 0.4 })];
  assert.deepEqual(problemsOf(facts, byName).map(({ name, status }) => [name, status]), [["asthma", ""], ["copd", ""], ["ulcer", "resolved"]]);
});

test("lanes hold what is dated, and what nothing ends goes as far as the record was written", () => {
  const event = (kind, title, at, state = "") => ({ kind, title, at, facts: [], last: null, state });
  const events = [event("drug", "apixaban", { from: "2026-01-02", to: null }, "open"), event("procedure", "ecg", day("2026-02-01")), event("procedure", "ecg", day("2026-03-01")), event("procedure", "biopsy", null), event("condition", "asthma", day("2026-01-01"))];
  const doses = [fact("drug", "cefazolin", { fact_id: "g1", status: "given", at: day("2026-01-05") }), fact("drug", "cefazolin", { fact_id: "g2", status: "given", at: day("2026-03-05") })];
  events.push({ ...event("drug", "cefazolin", { from: "2026-01-05", to: "2026-03-05" }, "given"), facts: ["g1", "g2"] });
  const lanes = lanesOf({ byId: new Map(doses.map((one) => [one.fact_id, one])), events, documents: [{ kind: "imaging_report", authored_at: "2026-02-03" }, { kind: "letter", authored_at: "2026-02-03" }], coverage: { documents: { to: "2026-05-20" } } });
  assert.deepEqual(lanes.acts.map(({ name, bars }) => [name, bars.length]), [["ecg", 2]]);
  assert.equal(lanes.images[0].bars.length, 1);
  const [bar] = lanes.treatments[0].bars;
  assert.deepEqual([bar.isOpen, bar.from, bar.to], [true, firstOf("2026-01-02"), firstOf("2026-05-21")]);
  assert.deepEqual(lanes.treatments[1].bars.map(({ from, to }) => [from, to]), ["2026-01-05", "2026-03-05"].map((iso) => [firstOf(iso), lastOf(iso)])); // two marks, no bar between
  const analytes = analytesOf([lab("k", 4, "2025-01-01"), lab("k", 5, "2025-01-02"), lab("na", 140, "2025-01-01")], byName);
  assert.deepEqual(curvesOf(analytes).map(({ name }) => name), ["k"]);
  assert.equal(Math.min(...instantsOf(lanes, curvesOf(analytes))), firstOf("2025-01-01"));
});

test("bars that meet stand on tracks of their own, so that each can be pointed at", () => {
  const bars = [[0, 10], [5, 8], [10, 12], [8, 20]].map(([start, end]) => ({ start, end }));
  assert.deepEqual(tracksOf(bars, (bar) => bar).map((track) => track.map(({ start }) => start)), [[0, 10], [5, 8]]);
});
