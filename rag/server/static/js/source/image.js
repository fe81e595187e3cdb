// A picture of the record: window of grey levels, frames, zoom. Grey levels are computed by the server from the original pixels.

import { fill, h, uid } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { pictureImage } from "./documents.js";
import { zoomable } from "./zoom.js";

const PAUSE_MS = 150;

/** Return `{element, settle}` for a document with `image: {frames, window_presets, window}`. */
export function imageView(found) {
  const { frames = 1, window_presets: presets = [], window: first = null } = found.image;
  const state = { frame: frames > 1 ? 1 : null, center: first?.center ?? null, width: first?.width ?? null };
  const image = h("img", { class: "page-image", alt: t("image.alt", { title: found.title }), decoding: "async" });
  const problem = h("div", {});
  const { element: stage, controls } = zoomable(image, t("view.image"));
  const show = paused(() => {
    fill(problem, null);
    image.src = pictureImage(found.doc_id, state);
  });
  image.addEventListener("error", () => fill(problem, h("p", { class: "note" }, icon("alert"), h("span", {}, t("image.failed")))));
  const bar = h(
    "div",
    { class: "viewer-bar" },
    presets.length || first ? windows(presets, first, state, show) : null,
    frames > 1 ? framed(frames, state, show) : null,
    controls,
  );
  image.src = pictureImage(found.doc_id, state);
  return { element: h("div", { class: "viewer viewer-image" }, bar, problem, stage, h("p", { class: "hint" }, t("image.not_diagnostic"))), settle: () => {} };
}

function windows(presets, first, state, show) {
  const select = h("select", { class: "input", id: uid("window") });
  const all = [{ name: t("image.as_stored"), ...(first ?? { center: null, width: null }) }, ...presets];
  fill(select, all.map((preset, index) => h("option", { value: String(index) }, presetName(preset))));
  select.addEventListener("change", () => {
    const { center, width } = all[Number(select.value)];
    Object.assign(state, { center, width });
    show();
  });
  return h("div", { class: "viewer-group" }, h("label", { htmlFor: select.id }, t("image.window")), select);
}

function presetName({ name, center, width }) {
  return width === null || width === undefined ? name : `${name} (${t("image.levels", { center, width })})`;
}

function framed(frames, state, show) {
  const output = h("output", { class: "page-label" }, t("image.frame", { n: 1, last: frames }));
  const slider = h("input", { type: "range", id: uid("frame"), min: "1", max: String(frames), value: "1", "aria-label": t("image.frames") });
  slider.addEventListener("input", () => {
    state.frame = Number(slider.value);
    fill(output, t("image.frame", { n: state.frame, last: frames }));
    slider.setAttribute("aria-valuetext", output.textContent);
    show();
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
