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

/** Return the fields of a question that carry scope and filters, as the server reads them. */
export function asked(scopeValue, filterValue) {
  return {
    patient_id: scopeValue.patientId,
    with_literature: scopeValue.mode === "patient+literature",
    literature_only: scopeValue.mode === "literature",
    kind: filterValue.kinds.length ? filterValue.kinds : null,
    document_language: filterValue.language || null,
    from: filterValue.from || null,
    to: filterValue.to || null,
  };
}
