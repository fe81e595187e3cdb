import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, countFilters, isSame, noFilters } from "../../rag/server/static/js/scope/scope.js";

test("a question about one patient names the patient and nothing else", () => {
  assert.deepEqual(asked({ mode: "patient", patientId: "DEMO-A" }, noFilters()), { patient_id: "DEMO-A" });
});

test("the literature comes along only where it was chosen", () => {
  assert.deepEqual(asked({ mode: "patient+literature", patientId: "DEMO-A" }, noFilters()), { patient_id: "DEMO-A", with_literature: true });
  assert.deepEqual(asked({ mode: "literature", patientId: null }, noFilters()), { literature_only: true });
  assert.deepEqual(asked({ mode: "all", patientId: null }, noFilters()), {});
});

test("every filter that is set is sent under the server's name", () => {
  const filters = { kinds: ["imaging_report"], from: "2026-01", to: "2026-03", language: "fr" };
  const wanted = { kind: ["imaging_report"], document_language: "fr", from: "2026-01", to: "2026-03" };
  assert.deepEqual(asked({ mode: "all", patientId: null }, filters), wanted);
});

test("a period counts as one filter, every kind as one", () => {
  assert.equal(countFilters(noFilters()), 0);
  assert.equal(countFilters({ kinds: ["a", "b"], from: "2026", to: "2026", language: "en" }), 4);
});

test("two patients are two scopes", () => {
  assert.equal(isSame({ mode: "patient", patientId: "A" }, { mode: "patient", patientId: "A" }), true);
  assert.equal(isSame({ mode: "patient", patientId: "A" }, { mode: "patient", patientId: "B" }), false);
  assert.equal(isSame({ mode: "patient", patientId: "A" }, { mode: "patient+literature", patientId: "A" }), false);
});
