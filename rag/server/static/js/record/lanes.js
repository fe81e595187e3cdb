// The care pathway as lanes: stays, acts, treatments, devices and pictures as bars from one instant to another, results as readings.

import { dayOf, firstOf, lastOf, timeOf } from "./instants.js";
import { plotted } from "./results.js";

export const LANES = ["stays", "acts", "treatments", "devices", "images", "appointments"];
const LANE_OF = { encounter: "stays", procedure: "acts", drug: "treatments", device: "devices", appointment: "appointments" };
const IN_ONE_ROW = ["stays", "appointments"];
const PICTURES = ["imaging_report", "image", "imaging_study"];
const MOST_CURVES = 8;

/** Return `{lane: [row]}`; a row is `{name, bars}`, a bar `{from, to, isOpen, state, event | item}`. What has no date is in no lane. */
export function lanesOf({ events, documents, coverage, byId }) {
  const written = lastOf(coverage.documents.to);
  const lanes = Object.fromEntries(LANES.map((name) => [name, []]));
  for (const event of events) {
    const lane = LANE_OF[event.kind];
    if (!lane || !event.at) continue;
    const extents = event.state === "given" ? occasions(event, byId) : [extent(event, written)];
    for (const one of extents) add(lanes[lane], IN_ONE_ROW.includes(lane) ? "" : event.title, { ...one, event });
  }
  for (const item of documents) {
    const at = PICTURES.includes(item.kind) && item.authored_at;
    if (at) add(lanes.images, "", { from: firstOf(at), to: lastOf(at), isOpen: false, state: "", item });
  }
  return lanes;
}

/** Return the analytes that are worth a curve on the pathway: those most often measured. */
export function curvesOf(analytes) {
  const many = analytes.filter((one) => plotted(one).length > 1);
  return [...many].sort((a, b) => plotted(b).length - plotted(a).length).slice(0, MOST_CURVES);
}

/** Return every instant that the lanes and curves show, for the axis. */
export function instantsOf(lanes, analytes) {
  const bars = Object.values(lanes).flat().flatMap(({ bars: inRow }) => inRow);
  return [...bars.flatMap(({ from, to }) => [from, to]), ...analytes.flatMap((one) => plotted(one).map(({ day }) => firstOf(day)))];
}

/** Part bars into tracks on which none meets another; `place` returns the ends of a bar in pixels. The first track has the first bar. */
export function tracksOf(bars, place) {
  const tracks = [];
  for (const bar of [...bars].sort((a, b) => place(a).start - place(b).start)) {
    const free = tracks.find((track) => place(track.at(-1)).end <= place(bar).start);
    if (free) free.push(bar);
    else tracks.push([bar]);
  }
  return tracks;
}

/** What was given on single occasions is a mark on each of their days, never a bar that joins them. */
function occasions(event, byId) {
  const days = new Set(event.facts.map((id) => dayOf(timeOf(byId.get(id) ?? {}))).filter(Boolean));
  return [...days].map((day) => ({ from: firstOf(day), to: lastOf(day), isOpen: false, state: event.state, day }));
}

/** What nothing ends is drawn as far as the record was written, and not beyond. */
function extent({ kind, at, state }, written) {
  const from = firstOf(at.from ?? at.to);
  const isOpen = at.to === null && (state === "open" || kind === "encounter");
  const to = isOpen ? written : lastOf(at.to ?? at.from);
  return { from, to: Math.max(to ?? from, from), isOpen, state };
}

function add(rows, name, bar) {
  const row = rows.find((known) => known.name === name);
  if (row) row.bars.push(bar);
  else rows.push({ name, bars: [bar] });
}
