// One upload: sent with its progress, then followed until the server has read it.

import { ApiError, headers, json, path } from "../core/api.js";

const LOOK_MS = [250, 400, 700, 1000, 1500, 2000];

/** Send a file; `onProgress` gets the share sent, 0 to 1. Returns the upload as the server knows it; throws `ApiError`. */
export function upload(file, patientId, onProgress) {
  const form = new FormData();
  form.append("files", file, file.name);
  if (patientId) form.append("patient_id", patientId);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot tell how much was sent
    request.open("POST", "/v1/documents");
    for (const [name, value] of Object.entries(headers({ Accept: "application/json" }))) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("load", () => (request.status < 300 ? resolve(request.response) : reject(new ApiError(request.status, request.response ?? {}))));
    request.addEventListener("error", () => reject(new ApiError(0)));
    request.send(form);
  });
}

/** Follow an upload of one file to its end: `{outcome: added|updated|unchanged|held|failed, docIds, problem, warnings}`. */
export async function follow(sent, onState) {
  let state = sent;
  for (let look = 0; state.status !== "done"; look += 1) {
    onState(state.status);
    await pause(LOOK_MS[Math.min(look, LOOK_MS.length - 1)]);
    state = await json("GET", path(["uploads", sent.upload_id]));
  }
  return settled(state.files);
}

function settled(files) {
  const all = (key) => files.flatMap((file) => file[key] ?? []);
  const outcome = ["failed", "held", "added", "updated", "unchanged"].find((status) => files.some((file) => file.status === status)) ?? "failed";
  return { outcome, docIds: [...new Set(all("doc_ids"))], problem: all("problems")[0] ?? null, warnings: all("warnings") };
}

function pause(milliseconds) {
  return new Promise((resolve) => window.setTimeout(resolve, milliseconds));
}
