// Documents fetched from the server, kept for a short while so that the next citation of the same source opens at once.

import { json, path } from "../core/api.js";

const KEPT = 12;
const cache = new Map();

/** Return a document with its canonical text, as `GET /v1/documents/{id}` says. */
export function fetchDocument(docId) {
  if (!cache.has(docId)) {
    const found = json("GET", path(["documents", docId]));
    found.catch(() => cache.delete(docId));
    cache.set(docId, found);
    if (cache.size > KEPT) cache.delete(cache.keys().next().value);
  }
  return cache.get(docId);
}

/** Forget a document, e.g. one that was deleted. */
export function forgetDocument(docId) {
  cache.delete(docId);
}

/** Address of a page as a picture, with the span drawn on it; `scale` is pixels a point. */
export function pageImage(docId, number, span, scale) {
  return path(["documents", docId, "pages", `${number}.png`], { start: span?.start, end: span?.end, scale });
}

/** Fetch where a span stands on a page: boxes in shares of its width and height. */
export async function fetchBoxes(docId, number, { start, end }) {
  return (await json("GET", path(["documents", docId, "pages", `${number}.json`], { start, end }))).boxes;
}

/** Fetch what a picture is: its frames and the windows it may be seen under. */
export function fetchPicture(docId) {
  return json("GET", path(["documents", docId, "image.json"]));
}

/** Address of an image; `center` and `width` are the window of grey levels in the image's own units. */
export function pictureImage(docId, { frame, center, width, longest }) {
  return path(["documents", docId, "image.png"], { frame, center, width, longest });
}
