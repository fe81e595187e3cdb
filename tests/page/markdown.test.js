import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answerMarkdown, answerText, conversationMarkdown } from "../../rag/server/static/js/chat/markdown.js";
import { openBrowser } from "./browser.js";

before(() => openBrowser("en"));

function turnOf(text, quote, question = "Blood loss?") {
  const citation = { marker: 1, doc_id: "d1", quote, start: 0, end: quote.length };
  const evidence = [
    { marker: 1, title: "Operative report", kind: "operative_report", authored_at: "2026-03-12", page: 2, patient_id: "DEMO-A", doc_id: "d1" },
    { marker: 2, title: "Not cited", kind: "note", authored_at: null, page: null, patient_id: "DEMO-A", doc_id: "d2" },
  ];
  const coverage = { documents_searched: 2, kinds: { note: 2 }, from: "2026-01", to: "2026-03" };
  const answer = { abstained: false, claims: [{ text, citations: [citation, citation] }], contradictions: [], evidence, coverage };
  return { question, askedAt: "2026-03-12T10:00:00Z", scope: { mode: "patient", patientId: "DEMO-A" }, answer };
}

test("every sentence keeps its number, once, and its exact quote", () => {
  const written = answerMarkdown(turnOf("Blood loss was 350 mL.", "Blood loss: 350 mL"));
  assert.match(written, /^## Blood loss\?$/m);
  assert.match(written, /Blood loss was 350 mL\. \[1\]$/m);
  assert.match(written, /^1\. Operative report, .*12 Mar 2026.*, DEMO-A, d1$/m);
  assert.match(written, /^ {3}> Blood loss: 350 mL$/m);
  assert.doesNotMatch(written, /Not cited/);
});

test("what documents say stays text: no markup, no link, no heading comes of it", () => {
  const written = answerMarkdown(turnOf("<script>alert(1)</script> *bold* [a](http://x)", "# not | a `heading`", "# <b>bold</b>"));
  assert.doesNotMatch(written, /<script|<b>/);
  assert.match(written, /&lt;script\\>alert\(1\)/);
  assert.match(written, /\\\*bold\\\* \\\[a\\\]\(http:\/\/x\)/);
  assert.match(written, /^ {3}> \\# not \\\| a \\`heading\\`$/m);
  assert.match(written, /^## \\# &lt;b\\>bold/m);
});

test("a quote of several lines stays one quotation", () => {
  assert.match(answerMarkdown(turnOf("Lost 350 mL.", "Losses:\n  350 mL")), /^ {3}> Losses: 350 mL$/m);
});

test("plain text for the clipboard is not escaped and names the source", () => {
  const written = answerText(turnOf("Lost 350 mL (*).", "350 mL (*)"));
  assert.match(written, /^Lost 350 mL \(\*\)\. \[1\]$/m);
  assert.match(written, /^\[1\] Operative report, .* : « 350 mL \(\*\) »$/m);
});

test("an abstention is said, with its reason, and shows no sentence", () => {
  const turn = turnOf("Should not be shown.", "x");
  Object.assign(turn.answer, { abstained: true, abstain_reason: "no_evidence", claims: [] });
  const written = answerMarkdown(turn);
  assert.doesNotMatch(written, /Should not be shown/);
  assert.match(written, /documents? searched|Searched/i);
});

test("a conversation is its title and its answers", () => {
  const written = conversationMarkdown("Losses_and_doses", [turnOf("A.", "a"), turnOf("B.", "b")]);
  assert.match(written, /^# Losses\\_and\\_doses$/m);
  assert.equal(written.match(/^## /gm).length, 2);
});

test("a quote of several lines is written on one, its other blanks as they are", () => {
  const written = answerMarkdown(turnOf("Text.", "one \n\n  two   three\nfour"));
  assert.match(written, /^ {3}> one two {3}three four$/m);
});

test("a long quote of blanks is written at once", () => {
  const quote = `a${" ".repeat(400_000)}b`; // 400,000 squared would take minutes
  const begun = performance.now();
  assert.ok(answerMarkdown(turnOf("Text.", quote)).includes(quote));
  assert.ok(performance.now() - begun < 5000);
});
