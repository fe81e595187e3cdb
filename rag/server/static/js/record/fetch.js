// A patient's record as the server gives it: facts by id, the care pathway, the documents.

import { json, path } from "../core/api.js";

/** Fetch a record: `{patientId, facts, byId, events, conflicts, coverage, documents, titles}`. */
export async function fetchRecord(patientId) {
  const [{ facts }, timeline] = await Promise.all([json("GET", path(["patients", patientId, "facts"])), json("GET", path(["patients", patientId, "timeline"]))]);
  return recordOf(patientId, facts, timeline);
}

/** Put a record together; facts that the pathway names and that are gone since are left out where they are shown. */
export function recordOf(patientId, facts, { documents, events, conflicts, coverage }) {
  const titles = new Map(documents.map((item) => [item.doc_id, item]));
  return { patientId, facts, byId: new Map(facts.map((fact) => [fact.fact_id, fact])), events, conflicts, coverage, documents, titles };
}
