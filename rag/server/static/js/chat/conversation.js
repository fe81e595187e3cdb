// The conversation on the page: its turns, its scope, and the question being asked. One scope each; another patient is another conversation.

import { signal } from "../core/signal.js";
import { filters, isSame, scope } from "../scope/scope.js";
import { beginConversation, fetchConversation, loadConversations } from "./conversations.js";
import { ask } from "./stream.js";
import { makeTurn } from "./turn.js";

/** `{id, title, scope, turns}`; `id` is null until the first question of a conversation that is kept. */
export const current = signal(fresh());

let running = null;

function fresh(of = { mode: "all", patientId: null }) {
  return { id: null, title: "", scope: of, turns: [] };
}

/** Begin an empty conversation under a scope. */
export function beginAnew(next = scope.get()) {
  stop();
  current.set(fresh(next));
  if (!isSame(scope.get(), next)) scope.set(next);
}

/** Tell whether a question is on its way. */
export function isAsking() {
  return running !== null;
}

/** Give up the question on its way; the server frees the model. */
export function stop() {
  running?.abort();
}

/** Ask under the scope and the filters that are set. `onChange` is called when it begins and when it is over. */
export async function askHere(question, useLlm, onChange) {
  if (running) return;
  if (!isSame(current.get().scope, scope.get())) current.set(fresh(scope.get()));
  const conversation = current.get();
  const retry = () => askHere(question, useLlm, onChange);
  const turn = makeTurn({ question, scope: scope.get(), filters: filters.get(), retry });
  conversation.turns.push(turn);
  const controller = new AbortController();
  running = controller;
  onChange(turn);
  try {
    conversation.id ??= await beginConversation(conversation.scope).catch(() => null);
    turn.isKept = conversation.id !== null;
    await ask(turn, { question, conversationId: conversation.id, useLlm, signal: controller.signal });
  } catch (error) {
    turn.failed(error);
  } finally {
    running = null;
    onChange(turn);
    current.set(current.get());
    loadConversations();
  }
}

/** Open a kept conversation with its answers and its scope. */
export async function openConversation(id) {
  stop();
  const kept = await fetchConversation(id);
  const of = scopeOf(kept);
  current.set({ id, title: kept.title, scope: of, turns: kept.turns.map((turn) => restored(turn, of)) });
  scope.set(of);
}

/** Draw the answers again in the language of the page; one on its way stays as it is. */
export function translateTurns() {
  const { turns } = current.get();
  for (const [place, turn] of turns.entries()) if (turn.answer) turns[place] = again(turn);
}

function again(turn) {
  const next = makeTurn(turn);
  next.done(turn.answer);
  return next;
}

function scopeOf({ patient_id: patientId, with_literature: withLiterature, literature_only: literatureOnly }) {
  if (patientId) return { patientId, mode: withLiterature ? "patient+literature" : "patient" };
  return { patientId: null, mode: literatureOnly ? "literature" : "all" };
}

function restored(kept, of) {
  const turn = makeTurn({ question: kept.answer.question, scope: of, filters: null, askedAt: kept.asked_at, isStale: kept.stale, feedback: kept.feedback });
  turn.done({ ...kept.answer, turn_id: kept.turn_id });
  return turn;
}
