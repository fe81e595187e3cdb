// A result in time as a small drawing: readings joined by a line, the range of reference as a band, what lies outside drawn as another shape.

import { h } from "../core/dom.js";
import { date, number } from "../core/format.js";
import { s } from "../core/svg.js";
import { t } from "../core/i18n.js";
import { axisOf, periodOf } from "./axis.js";
import { firstOf } from "./instants.js";
import { isAbnormal, plotted } from "./results.js";

const SIZE = { width: 560, height: 240, left: 52, right: 16, top: 14, bottom: 30 };

/** Return the values that a plot spans, readings and range of reference, with a little room; always some height. */
export function valuesOf(readings, { low, high }) {
  const values = [...readings.map(({ fact }) => fact.value), low, high].filter((value) => value !== null);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = (most - least || Math.abs(most) || 1) * 0.12;
  return { least: least - room, most: most + room };
}

/** Draw readings between `top` and `bottom` pixels: band, line and marks; `x` places an instant. `mark` wraps each mark. */
export function drawn(analyte, x, { top, bottom, width }, mark = (_, shape) => shape) {
  const readings = plotted(analyte);
  const { least, most } = valuesOf(readings, analyte.range);
  const y = (value) => bottom - ((value - least) / (most - least)) * (bottom - top);
  const points = readings.map((reading) => ({ reading, at: [x(firstOf(reading.day)), y(reading.fact.value)] }));
  return [
    band(analyte.range, y, { top, bottom, width }),
    s("path", { class: "plot-line", d: points.map(({ at: [left, height] }, place) => `${place ? "L" : "M"}${left.toFixed(1)} ${height.toFixed(1)}`).join(" ") }),
    points.map(({ reading, at }) => mark(reading, shape(reading, at), at)),
  ];
}

function band({ low, high }, y, { top, bottom, width }) {
  if (low === null && high === null) return null;
  const upper = high === null ? top : y(high);
  return s("rect", { class: "plot-band", x: 0, y: upper, width, height: Math.max(1, (low === null ? bottom : y(low)) - upper) });
}

function shape({ standing: said }, [x, y]) {
  if (!isAbnormal(said)) return s("circle", { class: "plot-point", cx: x, cy: y, r: 3.5 });
  const tip = said.startsWith("L") ? 1 : -1;
  return s("path", { class: "plot-point plot-abnormal", d: `M${x.toFixed(1)} ${(y + tip * 7).toFixed(1)}l5.5 ${-tip * 10}h-11z` });
}

/** Draw a result at full size, with its axes, and the values as a table below: what is drawn can also be read. */
export function curve(analyte) {
  const { width, height, left, right, top, bottom } = SIZE;
  const readings = plotted(analyte);
  const inner = width - left - right;
  const axis = axisOf(periodOf(readings.map(({ day }) => firstOf(day))), inner);
  const { least, most } = valuesOf(readings, analyte.range);
  const y = (value) => height - bottom - ((value - least) / (most - least)) * (height - bottom - top);
  const lines = [analyte.range.low, analyte.range.high, readings[0].fact.value, readings.at(-1).fact.value].filter((value) => value !== null);
  const picture = s(
    "svg",
    { class: "plot", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t("record.curve_about", { name: analyte.name, count: readings.length }) },
    apart(lines, y).map((value) => s("text", { class: "plot-label", x: left - 8, y: y(value) + 4, "text-anchor": "end" }, number(value, 3))),
    axis.ticks.map(({ at, label }) => [s("line", { class: "axis-line", x1: left + axis.x(at), x2: left + axis.x(at), y1: top, y2: height - bottom }), s("text", { class: "plot-label", x: left + axis.x(at), y: height - 8, "text-anchor": "middle" }, date(label))]),
    s("g", { transform: `translate(${left} 0)` }, drawn(analyte, axis.x, { top, bottom: height - bottom, width: inner })),
  );
  const rows = readings.map(({ day, fact, standing: said }) => h("tr", {}, h("th", { scope: "row" }, date(day)), h("td", {}, fact.value_text || number(fact.value, 6)), h("td", {}, isAbnormal(said) ? t(`standing.${said}`) : "")));
  return h("figure", { class: "curve" }, h("div", { class: "curve-picture" }, picture), h("table", { class: "keys" }, h("caption", { class: "visually-hidden" }, analyte.name), h("tbody", {}, rows)));
}

/** Leave out labels that would lie on one another. */
function apart(values, y) {
  const kept = [];
  for (const value of values) if (kept.every((other) => Math.abs(y(other) - y(value)) > 13)) kept.push(value);
  return kept;
}
