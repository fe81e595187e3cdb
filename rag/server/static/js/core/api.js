// Requests to the server. Every failure becomes an `ApiError` with one line for the reader; nothing is thrown away silently.

import { language, t } from "./i18n.js";

let csrf = "";
let onSignedOut = () => {};

/** A request that failed. `status` is 0 where the server was not reached; `detail` is one line in the reader's language. */
export class ApiError extends Error {
  constructor(status, problem = {}) {
    super(problem.detail || problem.title || t(status === 0 ? "error.unreachable" : "error.status", { status }));
    this.status = status;
    this.type = problem.type ?? "";
    this.retryAfter = problem.retryAfter ?? null;
  }
}

/** Keep the token that proves a request comes from this page. */
export function useCsrf(token) {
  csrf = token ?? "";
}

/** Say what to do when the session has ended. */
export function whenSignedOut(handler) {
  onSignedOut = handler;
}

/** Headers that every request carries. */
export function headers(extra = {}) {
  return { "Accept-Language": language(), ...(csrf ? { "X-CSRF-Token": csrf } : {}), ...extra };
}

/** Send a request and return the response, or throw `ApiError`. `body` is sent as JSON. */
export async function send(method, path, { body, accept = "application/json", signal } = {}) {
  const options = { method, signal, credentials: "same-origin", headers: headers({ Accept: accept }) };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0);
  }
  if (!response.ok) throw await failure(response, path);
  return response;
}

/** Send a request and return its JSON (null where there is none). */
export async function json(method, path, options) {
  const response = await send(method, path, options);
  return response.status === 204 ? null : response.json();
}

/** Build a path: every part is encoded, empty parameters are left out. */
export function path(parts, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== null && value !== undefined && value !== "") query.append(name, value);
  const base = parts.map((part) => encodeURIComponent(part)).join("/");
  return `/v1/${base}${query.size ? `?${query}` : ""}`;
}

async function failure(response, where) {
  const problem = await response.json().catch(() => ({}));
  problem.retryAfter = Number(response.headers.get("Retry-After")) || null;
  if (response.status === 401 && where !== "/v1/session") onSignedOut();
  return new ApiError(response.status, problem);
}
