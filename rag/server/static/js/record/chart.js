// The care pathway drawn: rows of bars on one time axis. One stop of the Tab key a lane, arrows within it, Enter opens the source.

import { h } from "../core/dom.js";
import { date } from "../core/format.js";
import { s } from "../core/svg.js";
import { axisOf } from "./axis.js";
import { tracksOf } from "./lanes.js";
import { drawn } from "./plot.js";

const GUTTER = 190;
const NARROW = 560;
const LABEL_CHARACTERS = 26;
const ROW = { bar: 28, curve: 60, label: 18, axis: 22 };
const LEAST_BAR = 7;
const OPEN_BAR = 16;
const AROUND = 8;
const LABEL_WIDTH = 60;

/** Where things stand on so many pixels: names in a gutter on the left, above their row where there is no room for one. */
export function frameOf(period, pixels) {
  const gutter = pixels < NARROW ? 0 : GUTTER;
  return { gutter, pixels, above: gutter ? 0 : ROW.label, axis: axisOf(period, pixels - gutter - 8) };
}

/** Draw the axis alone. It says nothing that the bars do not, so it is hidden from screen readers. */
export function axisDrawing({ gutter, pixels, axis }) {
  const ticks = axis.ticks.filter(({ at }) => axis.x(at) <= axis.width - LABEL_WIDTH).map(({ at, label }) => s("text", { class: "plot-label", x: gutter + axis.x(at), y: 15, "text-anchor": "start" }, date(label)));
  return s("svg", { class: "lane-axis", width: pixels, height: ROW.axis, "aria-hidden": "true" }, ticks);
}

/** Draw a lane of bars; `words(row, bar)` names a bar for everyone, `open(bar, element)` shows its source. */
export function barsDrawing(frame, name, rows, words, open) {
  const height = ROW.bar + frame.above;
  const placed = (bar) => ends(frame, bar);
  const tracks = rows.flatMap((row) => tracksOf(row.bars, placed).map((bars, place) => ({ name: place ? "" : row.name, bars })));
  const drawings = tracks.map((row, place) => {
    const top = place * height + frame.above;
    const bars = row.bars.map((bar) => focusable(words(row, bar), bar.state, () => barShape(frame, bar, top), (element) => open(bar, element)));
    return s("g", {}, label(row.name, frame, top, ROW.bar), bars);
  });
  return lane(frame, name, tracks.length * height, drawings);
}

/** Draw a lane of curves; `words(analyte, reading)` names a reading. */
export function curvesDrawing(frame, name, analytes, words, open) {
  const height = ROW.curve + frame.above;
  const drawings = analytes.map((analyte, place) => {
    const top = place * height + frame.above;
    const mark = (reading, shape, [x, y]) => focusable(words(analyte, reading), "", () => [hit(x - 9, y - 9, 18, 18), shape], (element) => open(reading, element));
    const curve = drawn(analyte, frame.axis.x, { top: top + 8, bottom: top + ROW.curve - 10, width: frame.axis.width }, mark);
    return s("g", {}, label(analyte.name, frame, top, ROW.curve), s("g", { transform: `translate(${frame.gutter} 0)` }, curve));
  });
  return lane(frame, name, analytes.length * height, drawings);
}

function lane({ gutter, pixels, axis }, name, height, drawings) {
  const lines = axis.ticks.map(({ at }) => s("line", { class: "axis-line", x1: gutter + axis.x(at), x2: gutter + axis.x(at), y1: 0, y2: height }));
  const svg = s("svg", { class: "lane", width: pixels, height, role: "group", "aria-label": name, on: { keydown: move } }, lines, drawings);
  svg.querySelector("[role=button]")?.setAttribute("tabindex", "0");
  return h("div", { class: "lane-box" }, svg);
}

function label(text, { gutter }, top, height) {
  if (!text) return null;
  const shown = text.length > LABEL_CHARACTERS ? `${text.slice(0, LABEL_CHARACTERS - 1)}…` : text;
  return s("text", { class: "lane-label", x: 0, y: gutter ? top + height / 2 + 5 : top - 3 }, shown, s("title", {}, text));
}

/** Where a bar begins and ends, with the room around it that takes the pointer. */
function ends({ gutter, axis }, { from, to, isOpen }) {
  const start = gutter + axis.x(from);
  return { start: start - AROUND, end: Math.max(gutter + axis.x(to), start + (isOpen ? OPEN_BAR : LEAST_BAR)) + AROUND };
}

function barShape(frame, bar, top) {
  const { start, end } = ends(frame, bar);
  const [left, right] = [start + AROUND, end - AROUND];
  const middle = top + ROW.bar / 2;
  const body = s("rect", { class: "bar-body", x: left, y: middle - 6, width: right - left, height: 12, rx: bar.state === "given" ? 6 : 2 });
  const tip = bar.isOpen ? s("path", { class: "bar-open", d: `M${(right - 7).toFixed(1)} ${middle - 6}l7 6l-7 6` }) : null;
  return [hit(start, top + 2, end - start, ROW.bar - 4), body, tip];
}

function hit(x, y, width, height) {
  return s("rect", { class: "bar-hit", x, y, width, height, rx: 4 });
}

function focusable(words, state, draw, open) {
  const act = (event) => open(event.currentTarget);
  const press = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    open(event.currentTarget);
  };
  return s("g", { class: "bar", role: "button", tabindex: "-1", "aria-label": words, data: { state }, on: { click: act, keydown: press } }, s("title", {}, words), draw());
}

function move(event) {
  const bars = [...event.currentTarget.querySelectorAll("[role=button]")];
  const here = bars.indexOf(document.activeElement);
  const to = { ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: bars.length - 1 }[event.key];
  if (to === undefined || here < 0) return;
  event.preventDefault();
  const next = bars[Math.min(Math.max(to, 0), bars.length - 1)];
  for (const bar of bars) bar.setAttribute("tabindex", bar === next ? "0" : "-1");
  next.focus();
}
