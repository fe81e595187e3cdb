// One question and its answer on the page. Evidence comes first, then sentences, each already checked; `done` settles everything.

import { announce } from "../core/announce.js";
import { fill, h, uid } from "../core/dom.js";
import { moment, seconds } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { patientTitle } from "../scope/scope-bar.js";
import { actions } from "./actions.js";
import { addSentence, sentences } from "./claims.js";
import { abstention, contradictions, coverage, failure, notices, openParts, withheld } from "./notes.js";
import { references } from "./references.js";

/** Make the turn of a question under a scope; `retry` asks it again. */
export function makeTurn({ question, scope, filters, askedAt = new Date().toISOString(), isStale = false, feedback = [], retry = null }) {
  const id = uid("turn");
  const parts = {
    stamp: h("p", { class: "turn-stamp" }),
    status: h("p", { class: "turn-status" }),
    notes: h("div", {}),
    answer: h("div", { class: "answer" }),
    after: h("div", { class: "turn-after" }),
    references: h("div", {}),
    coverage: h("div", {}),
    actions: h("div", {}),
  };
  const element = h(
    "article",
    { class: "turn", "aria-labelledby": id },
    h("header", { class: "turn-header" }, h("h2", { id, class: "turn-question", tabindex: "-1" }, question), parts.stamp),
    parts.notes,
    parts.status,
    parts.answer,
    parts.after,
    parts.references,
    parts.coverage,
    parts.actions,
  );
  const turn = { element, question, scope, filters, askedAt, isStale, isKept: true, feedback, answer: null, turnId: null, received: { evidence: [], claims: [], coverage: null } };
  let state = "waiting";
  const status = (key) => fill(parts.status, key ? [h("span", { class: "working", "aria-hidden": "true" }), t(key)] : null);
  let took = null;
  const stamp = () => fill(parts.stamp, stampText(turn, took));
  stamp();
  status("turn.searching");

  turn.isOver = () => state === "over";
  turn.timed = (milliseconds) => {
    took = milliseconds;
    if (turn.received.evidence.length) stamp();
  };
  turn.evidence = (data) => {
    if (!isInScope(turn, data.evidence)) return turn.failed(new Error(t("error.other_patient")));
    Object.assign(turn.received, { evidence: data.evidence, coverage: data.coverage });
    turn.turnId = data.turn_id ?? turn.turnId;
    fill(parts.references, references(turn, null));
    status(data.evidence.length ? "turn.checking" : "turn.concluding");
    announce(t("turn.found", { count: data.evidence.length }));
    return undefined;
  };
  turn.queued = (position) => fill(parts.status, t("turn.queued", { position }));
  turn.claim = (claim) => {
    if (claim.withheld || state === "over") return;
    turn.received.claims.push(claim);
    addSentence(parts.answer, turn, claim);
  };
  turn.done = (answer) => {
    if (state === "over") return;
    state = "over";
    if (!isInScope(turn, answer.evidence)) return void turn.refuse();
    turn.answer = answer;
    turn.turnId = answer.turn_id ?? turn.turnId;
    turn.received.evidence = answer.evidence;
    status(null);
    stamp();
    settle(turn, parts);
    announce(summary(answer));
  };
  turn.stopped = () => over("stopped", h("p", { class: "note" }, t("turn.stopped")));
  turn.failed = (error) => over("failed", failure(error, retry));
  turn.refuse = () => over("failed", failure(new Error(t("error.other_patient")), null));
  function over(how, words) {
    state = "over";
    status(null);
    element.dataset.state = how;
    if (how === "failed") for (const part of [parts.references, parts.answer]) fill(part, null);
    fill(parts.after, words);
    announce(words.textContent);
  }
  return turn;
}

function settle(turn, parts) {
  const { answer } = turn;
  fill(parts.notes, notices(answer, turn));
  if (answer.abstained) fill(parts.answer, abstention(answer));
  else if (!isSame(turn.received.claims, answer.claims)) fill(parts.answer, sentences(turn, answer.claims));
  fill(parts.after, openParts(turn), withheld(turn), contradictions(turn));
  fill(parts.references, references(turn, answer));
  fill(parts.coverage, coverage(answer));
  fill(parts.actions, actions(turn));
}

/** Tell whether the sentences shown while they came in are those of the answer: then they stay, with the focus that may lie on them. */
function isSame(shown, final) {
  const essence = (claims) => JSON.stringify(claims.map(({ text, support, citations, origin }) => [text, support, citations, origin]));
  return shown.length > 0 && essence(shown) === essence(final);
}

/** The page's own guard, after the server's: evidence of another patient than the one chosen is never drawn. */
function isInScope(turn, evidence) {
  const { patientId } = turn.scope;
  return patientId === null || evidence.every((item) => item.patient_id === null || item.patient_id === patientId);
}

function stampText(turn, took) {
  const { mode, patientId } = turn.scope;
  const found = patientId ?? (turn.answer ?? turn.received).coverage?.patient_id ?? null;
  return [
    h("span", { class: "stamp-scope" }, icon(found ? "person" : mode === "literature" ? "book" : "documents"), found ? patientTitle(found) : t(`scope.${mode}`)),
    found && !patientId ? h("span", {}, t("turn.patient_found")) : null,
    patientId && mode === "patient+literature" ? h("span", {}, t("scope.with_literature")) : null,
    h("time", { datetime: turn.askedAt }, moment(turn.askedAt)),
    took === null ? null : h("span", {}, t("turn.evidence_in", { time: seconds(took) })),
  ];
}

function summary(answer) {
  if (answer.abstained) return t("turn.said_abstained");
  const held = answer.withheld.length;
  return [t("turn.said", { count: answer.claims.length }), held ? t("withheld.title", { count: held }) : ""].join(" ");
}
