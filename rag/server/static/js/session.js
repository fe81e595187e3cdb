// Who is here, what they may do, and which patients they may choose from. Everything is forgotten at sign-out.

import { json, useCsrf } from "./core/api.js";
import { signal } from "./core/signal.js";

export const session = signal(null);
export const patients = signal([]);

/** Ask the server who is here. */
export async function loadSession() {
  return accept(await json("GET", "/v1/session"));
}

/** Sign in; throws `ApiError` where refused. */
export async function signIn(name, password) {
  return accept(await json("POST", "/v1/session", { body: { name, password } }));
}

/** Change the password of whoever is signed in. */
export async function changePassword(before, next) {
  await json("POST", "/v1/session/password", { body: { current: before, new: next } });
}

/** Sign out and forget everything: the page is loaded anew, so that no script keeps a record in memory. */
export async function signOut() {
  await json("DELETE", "/v1/session").catch(() => null);
  window.location.replace("/");
}

/** Fetch the patients that may be chosen. */
export async function loadPatients() {
  const answer = await json("GET", "/v1/patients");
  patients.set(answer.patients);
}

/** Tell whether the session may do something, e.g. `upload`, `delete`, `converse`, `reports`. */
export function may(permission) {
  return session.get()?.permissions?.includes(permission) ?? false;
}

/** Return what is known of a patient, or null. */
export function patientNamed(patientId) {
  return patients.get().find((patient) => patient.patient_id === patientId) ?? null;
}

const COMMON_KINDS = ["admission_note", "anaesthesia_report", "biology", "consultation", "discharge_letter", "evidence_summary", "imaging_report", "operative_report", "pathology_report", "prescription", "progress_note"];

/** Return the kinds of document to choose from: those the server names, else the common ones. */
export function knownKinds() {
  return session.get()?.kinds ?? COMMON_KINDS;
}

function accept(answer) {
  useCsrf(answer.csrf);
  session.set(answer);
  return answer;
}
