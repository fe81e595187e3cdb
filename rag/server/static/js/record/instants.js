// Clinical times of any precision as instants: a month is an interval, never its first day.

const PARTIAL = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/;
export const DAY_MS = 86_400_000;

/** Return the first instant (milliseconds, UTC) that a time may mean, null where there is none. */
export function firstOf(iso) {
  const parts = PARTIAL.exec(iso ?? "");
  return parts ? Date.UTC(Number(parts[1]), Number(parts[2] ?? 1) - 1, Number(parts[3] ?? 1)) : null;
}

/** Return the end of what a time may mean: the first instant after its day, month or year. */
export function lastOf(iso) {
  const parts = PARTIAL.exec(iso ?? "");
  if (!parts) return null;
  const [, year, month, day] = parts.map(Number);
  if (parts[3]) return Date.UTC(year, month - 1, day + 1);
  return parts[2] ? Date.UTC(year, month, 1) : Date.UTC(year + 1, 0, 1);
}

/** Return the day of a time as it is written, as far as it is known: `2026-03-12`, `2026-03`, empty where there is none. */
export function dayOf(iso) {
  return PARTIAL.exec(iso ?? "")?.[0] ?? "";
}

/** Return when a fact holds from: its own time, else when it was written down. */
export function timeOf(fact) {
  return fact.at?.from ?? fact.at?.to ?? fact.recorded_at ?? "";
}
