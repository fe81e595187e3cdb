// A picture of the record: window of grey levels, frames, zoom. Grey levels are computed by the server from the original pixels.

import { fill, h, uid } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { has, t } from "../core/i18n.js";
import { fetchPicture, pictureImage } from "./documents.js";
import { typeset } from "./typeset.js";
import { rule } from "./ruler.js";
import { zoomable } from "./zoom.js";

const PAUSE_MS = 120;

/** Return `{element, settle}` for a document that is a picture; quotes of its text stand above it. */
export function imageView(found, spans) {
  const state = { frame: null, center: null, width: null };
  const image = h("img", { class: "page-image", alt: t("image.alt", { title: found.title }), decoding: "async" });
  const problem = h("div", {});
  const { element: stage, controls } = zoomable(image, t("view.image"));
  const bar = h("div", { class: "viewer-bar" }, controls, turned(image, stage));
  const failed = (text) => fill(problem, h("p", { class: "note" }, icon("alert"), h("span", {}, text)));
  const show = paused(() => {
    fill(problem, null);
    image.src = pictureImage(found.doc_id, state);
  });
  image.addEventListener("error", () => failed(t("image.failed")));
  image.src = pictureImage(found.doc_id, state);
  fetchPicture(found.doc_id)
    .then((about) => {
      bar.prepend(...[windows(about, state, show), framed(about.frames, state, show, stage)].filter(Boolean));
      if (about.spacing) bar.append(rule(image, stage, about));
    })
    .catch((error) => failed(error.message));
  const element = h("div", { class: "viewer viewer-image" }, quoted(found, spans), bar, problem, stage, h("p", { class: "hint" }, t("image.not_diagnostic")));
  return { element, settle: () => {} };
}

function quoted(found, spans) {
  return spans.filter(({ quote }) => quote).map(({ quote }) => h("blockquote", { class: "quote", lang: found.language }, h("mark", {}, typeset(quote))));
}

function windows({ window: first, presets = [] }, state, show) {
  if (!first && presets.length === 0) return null;
  const others = presets.filter(({ center, width }) => center !== first?.center || width !== first?.width);
  const all = [{ name: t("image.as_stored"), center: null, width: null }, ...others];
  const select = h("select", { class: "input", id: uid("window") }, all.map((preset, index) => h("option", { value: String(index) }, presetName(preset))));
  select.addEventListener("change", () => {
    const { center, width } = all[Number(select.value)];
    Object.assign(state, { center, width });
    show();
  });
  return h("div", { class: "viewer-group" }, h("label", { htmlFor: select.id }, t("image.window")), select);
}

function presetName({ name, center, width }) {
  if (width === null) return name;
  return `${has(`window.${name}`) ? t(`window.${name}`) : name} (${t("image.levels", { center, width })})`.trim();
}

/** Buttons and keys (R, I) that turn the picture by a quarter and swap black and white. */
function turned(image, stage) {
  let quarters = 0;
  let isInverse = false;
  const apply = () => {
    image.style.rotate = `${90 * quarters}deg`;
    image.style.filter = isInverse ? "invert(1)" : "";
  };
  const rotate = () => {
    quarters = (quarters + 1) % 4;
    apply();
  };
  const button = (key, run, props = {}) => h("button", { type: "button", class: "button button-quiet button-small", ...props, on: { click: run } }, t(key));
  const inverse = button("image.invert", () => invert(), { "aria-pressed": "false" });
  const invert = () => {
    isInverse = !isInverse;
    inverse.setAttribute("aria-pressed", String(isInverse));
    apply();
  };
  stage.addEventListener("keydown", (event) => {
    const run = event.ctrlKey || event.metaKey || event.altKey ? null : { r: rotate, i: invert }[event.key.toLowerCase()];
    if (!run) return;
    run();
    event.preventDefault();
    event.stopPropagation();
  });
  return h("div", { class: "viewer-group", role: "group", "aria-label": t("image.turn") }, button("image.rotate", rotate), inverse);
}

function framed(frames, state, show, stage) {
  if (!(frames > 1)) return null;
  const output = h("output", { class: "page-label" });
  const slider = h("input", { type: "range", min: "1", max: String(frames), value: "1", "aria-label": t("image.frames") });
  const tell = () => {
    fill(output, t("image.frame", { n: slider.value, last: frames }));
    slider.setAttribute("aria-valuetext", output.textContent);
  };
  slider.addEventListener("input", () => {
    state.frame = Number(slider.value) - 1; // the server counts frames from 0
    tell();
    show();
  });
  tell();
  stage.addEventListener("keydown", (event) => {
    const by = { PageDown: 1, PageUp: -1 }[event.key];
    if (!by) return;
    slider.value = String(Number(slider.value) + by);
    slider.dispatchEvent(new Event("input"));
    event.preventDefault();
  });
  return h("div", { class: "viewer-group" }, slider, output);
}

function paused(action) {
  let timer = 0;
  return () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(action, PAUSE_MS);
  };
}
