// A distance is in millimetres by the size of a pixel in each direction.

import assert from "node:assert/strict";
import { test } from "node:test";

test("a distance counts rows and columns by their own spacing", async () => {
  globalThis.document ??= { documentElement: {} };
  const { distance } = await import("../../rag/server/static/js/source/ruler.js");
  assert.equal(distance({ x: 0, y: 0 }, { x: 3, y: 4 }, [1, 1]), 5);
  assert.equal(distance({ x: 10, y: 10 }, { x: 10, y: 20 }, [0.5, 2]), 5);
  assert.equal(distance({ x: 10, y: 10 }, { x: 20, y: 10 }, [0.5, 2]), 20);
});
