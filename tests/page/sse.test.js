import assert from "node:assert/strict";
import { test } from "node:test";
import { events } from "../../rag/server/static/js/core/sse.js";
import { responseOf } from "./browser.js";

async function all(...pieces) {
  const found = [];
  for await (const event of events(responseOf(...pieces))) found.push(event);
  return found;
}

test("events come in order with their data parsed", async () => {
  const sent = 'event: evidence\ndata: {"n": 1}\n\nevent: done\ndata: {"n": 2}\n\n';
  assert.deepEqual(await all(sent), [{ event: "evidence", data: { n: 1 } }, { event: "done", data: { n: 2 } }]);
});

test("an event may be cut anywhere, also within a letter of several bytes", async () => {
  const bytes = new TextEncoder().encode('event: claim\ndata: {"text": "fémur"}\n\n');
  for (let cut = 1; cut < bytes.length; cut += 1) {
    assert.deepEqual(await all(bytes.slice(0, cut), bytes.slice(cut)), [{ event: "claim", data: { text: "fémur" } }]);
  }
});

test("signs of life are passed over", async () => {
  assert.deepEqual(await all(": ping\n\n", 'data: {"n": 1}\n\n', ": ping\n\n"), [{ event: "message", data: { n: 1 } }]);
});

test("lines may end as on Windows, and data may stand on several", async () => {
  assert.deepEqual(await all('event: claim\r\ndata: {"n":\r\ndata: 1}\r\n\r\n'), [{ event: "claim", data: { n: 1 } }]);
});

test("an event that the end of the stream cuts off after its data is still given", async () => {
  assert.deepEqual(await all('event: done\ndata: {"n": 1}'), [{ event: "done", data: { n: 1 } }]);
});

test("who leaves early frees the connection", async () => {
  let freed = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('data: {"n": 1}\n\n')),
    cancel: () => {
      freed = true;
    },
  });
  for await (const event of events(new Response(body))) {
    assert.deepEqual(event.data, { n: 1 });
    break;
  }
  await new Promise((done) => setTimeout(done, 10));
  assert.equal(freed, true);
});
