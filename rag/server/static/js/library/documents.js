// The list of documents as the server gives it, part by part.

import { json, path } from "../core/api.js";
import { forgetDocument } from "../source/documents.js";

const PART = 100;

/** Fetch a part of the list: `{documents, next}`; `after` is the `next` of the part before. */
export function fetchDocuments({ words = "", patientId = "", kind = "", after = "" }) {
  return json("GET", path(["documents"], { q: words, patient_id: patientId, kind, after, limit: PART }));
}

/** Erase a document everywhere. */
export async function deleteDocument(docId) {
  await json("DELETE", path(["documents", docId]));
  forgetDocument(docId);
}
