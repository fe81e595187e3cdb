// A distance on a picture, in millimetres, where its file tells how large a pixel is.

import { h } from "../core/dom.js";
import { number } from "../core/format.js";
import { t } from "../core/i18n.js";

/** Return a button that measures between two points of the picture: dragged, or set by two clicks. */
export function rule(image, stage, { width, height, spacing }) {
  const output = h("output", { class: "measure" });
  const button = h("button", { type: "button", class: "button button-quiet button-small", "aria-pressed": "false" }, t("image.measure"));
  let first = null;
  let isOn = false;
  const set = (on) => {
    isOn = on;
    first = null;
    button.setAttribute("aria-pressed", String(on));
    stage.dataset.measuring = String(on);
    output.textContent = on ? t("image.measure_how") : "";
    if (on) image.style.rotate = "0deg";
  };
  button.addEventListener("click", () => set(!isOn));
  image.addEventListener("click", (event) => {
    if (!isOn) return;
    const box = image.getBoundingClientRect();
    const place = { x: ((event.clientX - box.left) / box.width) * width, y: ((event.clientY - box.top) / box.height) * height };
    if (first) {
      output.textContent = t("image.distance", { mm: number(distance(first, place, spacing), 1) });
      first = null;
    } else first = place;
  });
  return h("div", { class: "viewer-group" }, button, output);
}

/** Millimetres between two pixels, to a tenth; `spacing` is millimetres a pixel, down and across. */
export function distance(one, other, [down, across]) {
  return Math.round(10 * Math.hypot((one.x - other.x) * across, (one.y - other.y) * down)) / 10;
}
