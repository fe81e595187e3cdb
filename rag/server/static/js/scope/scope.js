// Whose record is searched. A conversation belongs to one scope: choosing another patient begins a new one, so that records never mix.

import { signal } from "../core/signal.js";

/** `{patientId: string|null, mode: "patient"|"patient+literature"|"literature"|"all"}` */
export const scope = signal({ mode: "all", patientId: null });

/** `{kinds: [], from: "", to: "", language: ""}` */
export const filters = signal(noFilters());

/** What no filter looks like. */
export function noFilters() {
  return { kinds: [], from: "", to: "", language: "" };
}

/** Count the filters that are set: every kind, the language, the period. */
export function countFilters(value = filters.get()) {
  return value.kinds.length + (value.language ? 1 : 0) + (value.from || value.to ? 1 : 0);
}

/** Tell whether two scopes search the same records of patients. */
export function isSame(a, b) {
  return a.mode === b.mode && a.patientId === b.patientId;
}

/** Return the fields of a question that carry scope and filters, as the server reads them; what is not set is left out. */
export function asked({ mode, patientId }, { kinds, language, from, to }) {
  return {
    ...(patientId ? { patient_id: patientId } : {}),
    ...(mode === "patient+literature" ? { with_literature: true } : {}),
    ...(mode === "literature" ? { literature_only: true } : {}),
    ...(kinds.length ? { kind: kinds } : {}),
    ...(language ? { document_language: language } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
  };
}
