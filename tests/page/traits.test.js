import assert from "node:assert/strict";
import { test } from "node:test";
import { openBrowser } from "./browser.js";

await openBrowser("fr");
const { bornOf, matches, nameOf, traitsLine } = await import("../../rag/server/static/js/scope/traits.js");

const ANNE = { patient_id: "0000064", family_name: "Fourvière", birth_name: "Ainay", given_name: "Anne-Lise", birth_date: "1950-05-03", sex: "f" };
const NOBODY = { patient_id: "DEMO-P09", family_name: "", birth_name: "", given_name: "", birth_date: "", sex: "" };

test("the traits stand together, the family name in capitals", () => {
  assert.equal(nameOf(ANNE), "FOURVIÈRE (née AINAY) Anne-Lise");
  assert.equal(bornOf(ANNE), "née le 3 mai 1950 · F");
  assert.equal(traitsLine(ANNE), "FOURVIÈRE (née AINAY) Anne-Lise · née le 3 mai 1950 · F · 0000064");
  assert.equal(traitsLine(NOBODY), "DEMO-P09");
});

test("a patient is found by names, day of birth and identifier, with small errors", () => {
  for (const typed of ["", "fourviere", "FOURV", "fourvirèe", "forviere", "anne ainay", "lise", "3/5/1950", "03051950", "1950", "1950-05-03", "064", "fourviere 1950"]) {
    assert.equal(matches(ANNE, typed), true, typed);
  }
});

test("another is not", () => {
  for (const typed of ["perrache", "fourviere 1951", "an perrache", "1949", "0000065"]) assert.equal(matches(ANNE, typed), false, typed);
  assert.equal(matches(NOBODY, "1950"), false);
  assert.equal(matches(NOBODY, "p09"), true);
});
