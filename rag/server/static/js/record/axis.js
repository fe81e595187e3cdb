// A time axis: where an instant stands, and which dates are written below it.

import { DAY_MS, dayOf } from "./instants.js";

const LABEL_PX = 84;
const MONTH_STEPS = [1, 3, 6, 12, 24, 60, 120, 240, 600];
const DAY_STEPS = [1, 2, 7, 14];
const MONTH_DAYS = 30.44;

/** Make the axis of a period `{from, to}` (milliseconds) on so many pixels: `{x, from, width, ticks}`, ticks as `{at, label}`, label a clinical date. */
export function axisOf({ from, to }, width) {
  const length = Math.max(to - from, DAY_MS);
  const x = (instant) => ((Math.min(Math.max(instant, from), from + length) - from) / length) * width;
  return { x, from, width, ticks: ticks(from, from + length, Math.max(1, Math.floor(width / LABEL_PX))) };
}

/** Return the period that instants span, with a little room at both ends; `most` milliseconds back from the last, all of it where null. */
export function periodOf(instants, most = null) {
  const known = instants.filter((instant) => instant !== null);
  if (known.length === 0) return null;
  const last = known.reduce((a, b) => Math.max(a, b));
  const first = Math.max(known.reduce((a, b) => Math.min(a, b)), most === null ? Number.NEGATIVE_INFINITY : last - most);
  const room = Math.max((last - first) * 0.03, DAY_MS);
  return { from: first - room, to: last + room };
}

function ticks(from, to, most) {
  const days = (to - from) / DAY_MS;
  const step = DAY_STEPS.find((size) => days / size <= most);
  if (step) return daily(from, to, step);
  const months = MONTH_STEPS.find((size) => days / MONTH_DAYS / size <= most) ?? MONTH_STEPS.at(-1);
  return monthly(from, to, months);
}

function daily(from, to, step) {
  const found = [];
  for (let at = Math.ceil(from / DAY_MS) * DAY_MS; at <= to; at += step * DAY_MS) found.push({ at, label: dayOf(new Date(at).toISOString()) });
  return found;
}

function monthly(from, to, step) {
  const found = [];
  const start = new Date(from);
  const first = start.getUTCFullYear() * 12 + start.getUTCMonth() + 1;
  for (let month = Math.ceil(first / step) * step; ; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (at > to) return found;
    found.push({ at, label: new Date(at).toISOString().slice(0, step % 12 === 0 ? 4 : 7) });
  }
}
