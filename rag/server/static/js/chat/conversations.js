// Conversations kept on the server for their owner: listed, opened, renamed, deleted.

import { json, path } from "../core/api.js";
import { signal } from "../core/signal.js";
import { may } from "../session.js";

/** The list, newest first. */
export const conversations = signal([]);

/** Fetch the list anew. */
export async function loadConversations() {
  if (!may("converse")) return;
  const answer = await json("GET", "/v1/conversations").catch(() => null);
  if (answer) conversations.set(answer.conversations);
}

/** Begin a conversation of a scope and return its id; null where the session keeps none. */
export async function beginConversation(scope) {
  if (!may("converse")) return null;
  const body = { patient_id: scope.patientId };
  return (await json("POST", "/v1/conversations", { body })).conversation_id;
}

/** Fetch one with its turns. */
export function fetchConversation(id) {
  return json("GET", path(["conversations", id]));
}

/** Give one another title. */
export async function renameConversation(id, title) {
  await json("PATCH", path(["conversations", id]), { body: { title } });
  await loadConversations();
}

/** Delete one for good. */
export async function deleteConversation(id) {
  await json("DELETE", path(["conversations", id]));
  await loadConversations();
}
