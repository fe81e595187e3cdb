// Server-sent events over POST: the browser's own EventSource can only GET.

/** Yield `{event, data}` of a response, data parsed as JSON, in order. Comment lines (keep-alive) are skipped. */
export async function* events(response) {
  for await (const block of blocks(response.body)) {
    const event = parsed(block);
    if (event) yield event;
  }
}

async function* blocks(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      waiting += (value ?? "").replaceAll("\r", "");
      const ready = waiting.split("\n\n");
      waiting = ready.pop();
      yield* ready;
      if (done) break;
    }
    if (waiting.trim()) yield waiting;
  } finally {
    reader.cancel().catch(() => {}); // leaving the loop early frees the connection, and with it the model
  }
}

function parsed(block) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}
