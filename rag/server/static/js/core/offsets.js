// The server counts Unicode code points, JavaScript counts UTF-16 units: they differ after the first character beyond U+FFFF.

/** Return a function from a code point offset to a UTF-16 index of this text. */
export function indexer(text) {
  const wide = [];
  let points = 0;
  for (const character of text) {
    if (character.length === 2) wide.push(points);
    points += 1;
  }
  if (wide.length === 0) return (offset) => offset;
  return (offset) => offset + countBelow(wide, offset);
}

function countBelow(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Merge overlapping spans `{start, end, ...}`, sorted; the first one's other fields are kept. */
export function merged(spans) {
  const result = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const last = result.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else result.push({ ...span });
  }
  return result;
}
