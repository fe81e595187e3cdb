// An answer as Markdown: sentences with numbers, then every source with its exact quote. What was withheld does not leave the page.

import { date, kind, kinds, moment, period } from "../core/format.js";
import { t } from "../core/i18n.js";

const SPECIAL = /[\\`*_{}[\]<>#|~]/g;

/** Return one answer as Markdown; `level` is the depth of its heading. */
export function answerMarkdown(turn, level = 2) {
  const { answer } = turn;
  const lines = [`${"#".repeat(level)} ${plain(turn.question)}`, "", `*${plain(scopeLine(turn))} · ${moment(turn.askedAt)}*`, ""];
  if (answer.abstained) lines.push(t("abstained"), t(`abstained.${answer.abstain_reason}`), "");
  else lines.push(answer.claims.map((claim) => `${plain(claim.text)} ${numbers(claim)}`).join(" "), "");
  for (const item of answer.contradictions) lines.push(`> ${t("contradictions.says")} ${plain(item.quote)}`, "");
  lines.push(...sources(answer), plain(coverageLine(answer)), "", t("disclaimer"), "");
  return lines.join("\n");
}

/** Return a whole conversation as Markdown. */
export function conversationMarkdown(title, turns) {
  return [`# ${plain(title)}`, "", ...turns.map((turn) => answerMarkdown(turn))].join("\n");
}

/** Return an answer as plain text with its references, for the clipboard. */
export function answerText(turn) {
  const { answer } = turn;
  const body = answer.abstained ? t("abstained") : answer.claims.map((claim) => `${claim.text} ${numbers(claim)}`).join(" ");
  const list = cited(answer).map(({ item, quotes }) => `[${item.marker}] ${about(item)} : « ${quotes.join(" […] ")} »`);
  return [turn.question, "", body, "", ...list, "", scopeLine(turn), coverageLine(answer), t("disclaimer")].join("\n");
}

function sources(answer) {
  return cited(answer).flatMap(({ item, quotes }) => [`${item.marker}. ${plain(about(item))}`, ...quotes.map((quote) => `   > ${onOneLine(plain(quote))}`), ""]);
}

function cited(answer) {
  const citations = answer.claims.flatMap((claim) => claim.citations);
  return answer.evidence
    .map((item) => ({ item, quotes: [...new Set(citations.filter(({ marker }) => marker === item.marker).map(({ quote }) => quote))] }))
    .filter(({ quotes }) => quotes.length);
}

function numbers(claim) {
  return [...new Set(claim.citations.map(({ marker }) => `[${marker}]`))].join("");
}

function about(item) {
  return [item.title, kind(item.kind), date(item.authored_at), item.page ? t("page", { n: item.page }) : null, item.patient_id, item.doc_id].filter(Boolean).join(", ");
}

function scopeLine(turn) {
  return turn.scope.patientId ? `${t("scope.record")} ${turn.scope.patientId}` : t(`scope.${turn.scope.mode}`);
}

function coverageLine({ coverage }) {
  if (!coverage.documents_searched) return t("coverage.none");
  return t("coverage.searched", { count: coverage.documents_searched, n: coverage.documents_searched, kinds: kinds(coverage.kinds), period: period(coverage.from, coverage.to) });
}

/** Write every run of blanks that breaks the line as one blank. Each run is looked at once, however long. */
function onOneLine(text) {
  return text.replace(/\s+/g, (blanks) => (blanks.includes("\n") ? " " : blanks));
}

/** Escape what Markdown would read as markup: titles and texts of documents stay text wherever the export is opened. */
function plain(text) {
  return text.replace(SPECIAL, (character) => (character === "<" ? "&lt;" : `\\${character}`));
}
