import assert from "node:assert/strict";
import { test } from "node:test";
import { indexer, merged } from "../../rag/server/static/js/core/offsets.js";

test("offsets of the server count code points, and find the same characters here", () => {
  const text = "a😀b𝄞c"; // code points 0 to 4, UTF-16 indexes 0, 1, 3, 4, 6
  const at = indexer(text);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(at), [0, 1, 3, 4, 6, 7]);
  assert.equal(text.slice(at(2), at(4)), "b𝄞");
});

test("a text without wide characters needs no counting", () => {
  assert.deepEqual([0, 3, 5].map(indexer("fémur")), [0, 3, 5]);
});

test("spans that overlap become one, those that only touch stay two", () => {
  const spans = [{ start: 5, end: 9, marker: 2 }, { start: 0, end: 4, marker: 1 }, { start: 3, end: 6, marker: 3 }, { start: 9, end: 12, marker: 4 }];
  assert.deepEqual(merged(spans), [{ start: 0, end: 9, marker: 1 }, { start: 9, end: 12, marker: 4 }]);
});

test("merging leaves the spans given as they were", () => {
  const spans = [{ start: 0, end: 4 }, { start: 2, end: 6 }];
  merged(spans);
  assert.deepEqual(spans, [{ start: 0, end: 4 }, { start: 2, end: 6 }]);
});
