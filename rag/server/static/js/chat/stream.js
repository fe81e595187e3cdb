// One question on its way: events from the server, and the clock from the click to the first evidence.

import { send } from "../core/api.js";
import { events } from "../core/sse.js";
import { asked } from "../scope/scope.js";

/**
 * Ask, and hand every event to `turn`: `evidence`, `claim`, then `done` or `failed`. Aborting `signal` frees the model on the server.
 * Browser performance entries: `first-evidence` and `answer-done`, in milliseconds from the click.
 */
export async function ask(turn, { question, conversationId, useLlm, signal }) {
  performance.clearMarks("asked");
  performance.mark("asked");
  const kept = conversationId ? { conversation_id: conversationId } : {};
  const body = { question, ...asked(turn.scope, turn.filters), no_llm: !useLlm, stream: true, ...kept };
  try {
    const response = await send("POST", "/v1/ask", { body, accept: "text/event-stream", signal });
    for await (const { event, data } of events(response)) receive(turn, event, data);
    if (!turn.isOver()) turn.failed(null);
  } catch (error) {
    if (error.name === "AbortError") turn.stopped();
    else turn.failed(error);
  }
}

function receive(turn, event, data) {
  if (event === "evidence") {
    turn.evidence(data);
    window.requestAnimationFrame(() => turn.timed(since("first-evidence")));
  } else if (event === "claim") {
    turn.claim(data);
  } else if (event === "queued") {
    turn.queued(data.position);
  } else if (event === "done") {
    turn.done(data);
    since("answer-done");
  } else if (event === "error") {
    turn.failed(new Error(data.detail ?? data.title ?? ""));
  }
}

function since(name) {
  try {
    return performance.measure(name, "asked").duration;
  } catch {
    return null; // the mark went with a newer question
  }
}
