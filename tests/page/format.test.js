import assert from "node:assert/strict";
import { test } from "node:test";
import { date, kind, kinds, period, size } from "../../rag/server/static/js/core/format.js";
import { has, t } from "../../rag/server/static/js/core/i18n.js";
import { path } from "../../rag/server/static/js/core/api.js";
import { openBrowser } from "./browser.js";

test("a date keeps its precision in both languages", async () => {
  await openBrowser("en");
  assert.deepEqual([date("2026"), date("2026-03"), date("2026-03-12")], ["2026", "Mar 2026", "12 Mar 2026"]);
  assert.equal(date("2026-03-12T23:30:00+02:00"), "12 Mar 2026");
  await openBrowser("fr");
  assert.deepEqual([date("2026"), date("2026-03"), date("2026-03-12")], ["2026", "mars 2026", "12 mars 2026"]);
  assert.equal(date(null), t("undated"));
  assert.equal(date("soon"), t("undated"));
});

test("sizes go up by thousands under the names of the language", async () => {
  await openBrowser("fr");
  assert.deepEqual([size(0), size(999), size(1500), size(2_500_000)].map((text) => text.replace(/\s/g, " ")), ["0 o", "999 o", "2 ko", "2,5 Mo"]);
  await openBrowser("en");
  assert.deepEqual([size(0), size(2_500_000), size(3e12)], ["0 B", "2.5 MB", "3,000 GB"]);
});

test("a period may be open, and one day is not a period", async () => {
  await openBrowser("en");
  assert.equal(period(null, null), t("undated"));
  assert.equal(period("2026-03-12", "2026-03-12"), "12 Mar 2026");
  assert.match(period("2026-03", null), /Mar 2026.*…/);
});

test("kinds are named, the most frequent first; of many the rest is one", async () => {
  await openBrowser("en");
  assert.equal(kind("never_heard_of"), "never heard of");
  const counts = Object.fromEntries([..."abcdefgh"].map((name, index) => [name, index + 1]));
  const said = kinds(counts);
  assert.match(said, /^h\u00a0\(8\), g\u00a0\(7\)/);
  assert.match(said, /\(6\)$/); // a, b and c: 1 + 2 + 3
});

test("words take their variables and the right number; an unknown key shows itself", async () => {
  await openBrowser("fr");
  assert.equal(t("no.such.key"), "no.such.key");
  assert.equal(has("no.such.key"), false);
  assert.notEqual(t("references.cited", { count: 1 }), t("references.cited", { count: 2 }));
});

test("every part of a path is encoded, and what is not set is left out", () => {
  assert.equal(path(["documents", "a/b c", "text"], { q: "é&", from: "", to: null }), "/v1/documents/a%2Fb%20c/text?q=%C3%A9%26");
  assert.equal(path(["patients"]), "/v1/patients");
});
