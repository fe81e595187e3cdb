// Who is here, what they may do, and which patients they may choose from. Everything is forgotten at sign-out.

import { json, path, useCsrf } from "./core/api.js";
import { signal } from "./core/signal.js";

export const session = signal(null);
export const patients = signal([]);
let kinds = [];

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

/** Fetch the patients that may be chosen, and the kinds of document. */
export async function loadPatients() {
  const [answer, all] = await Promise.all([json("GET", "/v1/patients"), fetchCoverage(null, false)]);
  kinds = Object.keys(all.kinds);
  patients.set(answer.patients);
}

/** Fetch what a search of this scope would look at: `{documents_searched, kinds, from, to}`. */
export function fetchCoverage(patientId, withLiterature) {
  return json("GET", path(["coverage"], { patient_id: patientId, with_literature: withLiterature ? "true" : null }));
}

/** Tell whether the session may do something, e.g. `upload`, `delete`, `converse`, `reports`. */
export function may(permission) {
  return session.get()?.permissions?.includes(permission) ?? false;
}

/** Return what is known of a patient, or null. */
export function patientNamed(patientId) {
  return patients.get().find((patient) => patient.patient_id === patientId) ?? null;
}

/** Return the kinds of document that there are for whoever is here. */
export function knownKinds() {
  return kinds;
}

function accept(answer) {
  useCsrf(answer.csrf);
  session.set(answer);
  return answer;
}
