import assert from "node:assert/strict";
import { test } from "node:test";
import { openBrowser } from "./browser.js";

await openBrowser("en"); // the page's modules draw as soon as they are loaded
const { fill, h, uid } = await import("../../rag/server/static/js/core/dom.js");
const { sentences, sourceOf } = await import("../../rag/server/static/js/chat/claims.js");
const { isRetracted, marks } = await import("../../rag/server/static/js/source/marks.js");
const { sameWords, typeset } = await import("../../rag/server/static/js/source/typeset.js");

test("whatever a text holds, it becomes a text node", () => {
  const text = '<img src=x onerror="alert(1)">';
  const element = h("p", {}, text, [null, false, [7]]);
  assert.equal(element.textContent, `${text}7`);
  assert.equal(element.all("img").length, 0);
  assert.equal(fill(element, "only this").textContent, "only this");
});

test("attributes are set by name, true is present, false and null are absent", () => {
  const element = h("a", { class: "link", hidden: true, title: null, "aria-label": "open", data: { marker: 3 }, disabled: false });
  assert.equal(element.className, "link");
  assert.deepEqual(element.attributes, { hidden: "", "aria-label": "open" });
  assert.deepEqual(element.dataset, { marker: 3 });
  assert.notEqual(uid("x"), uid("x"));
});

test("Markdown signs of a text step back and none is lost", () => {
  const text = "## Dose\n**40 mg** a day";
  assert.equal(h("p", {}, typeset(text)).textContent, text);
  assert.deepEqual(h("p", {}, typeset("**40 mg**")).all("span").map((sign) => sign.textContent), ["**", "**"]);
  assert.equal(sameWords("**40 mg**  a day", "40 mg a day"), true);
  assert.equal(sameWords("40 mg", "4 mg"), false);
});

test("a quoted sentence keeps its words, and a number for each source, whatever the number of its quotes", () => {
  const citation = (marker, start) => ({ marker, doc_id: `d${marker}`, quote: "350 mL", start, end: start + 6 });
  const claim = { text: "Losses of 350 mL.", support: "full", citations: [citation(1, 0), citation(1, 40), citation(2, 9)] };
  const evidence = [1, 2].map((marker) => ({ marker, title: "Report", authored_at: "2026-03-12", patient_id: null, doc_id: `d${marker}` }));
  const turn = { scope: { mode: "all", patientId: null }, received: { evidence }, answer: { language: "en" } };
  const drawn = sentences(turn, [claim]);
  assert.deepEqual(drawn.all("button").map((button) => button.textContent), ["1", "2"]);
  assert.match(drawn.textContent, /^Losses of 350 mL\.12/);
  assert.deepEqual(sourceOf(turn, claim.citations.slice(0, 2), claim).spans.map(({ start }) => start), [0, 40]);
});

test("a retracted article says so wherever it stands", () => {
  for (const value of [true, "true", "2025-01-01: data not credible"]) {
    assert.equal(isRetracted({ retracted: value }), true);
    assert.equal(isRetracted({ metadata: { retracted: value } }), true);
    assert.match(marks({ retracted: value }).textContent, /retracted/i);
  }
  for (const value of [false, "false", "", undefined]) assert.equal(isRetracted({ retracted: value }), false);
  assert.equal(marks({}), null);
});

test("the number stays with the last word, also of a text that is one word, ends in a blank or is very long", () => {
  const turn = { scope: { mode: "all", patientId: null }, received: { evidence: [] }, answer: { language: "en" } };
  const kept = (text) => sentences(turn, [{ text, support: "full", citations: [] }]).all("span").find((span) => span.className === "keep").textContent;
  assert.equal(kept("Losses of 350\u00a0mL."), "mL.");
  assert.equal(kept("Losses"), "Losses");
  assert.equal(kept("Losses "), "");
  const begun = performance.now();
  assert.equal(kept(`${"a".repeat(400_000)} end`), "end"); // 400,000 squared would take minutes
  assert.equal(kept(`${"a".repeat(400_000)} `), "");
  assert.ok(performance.now() - begun < 5000);
});
