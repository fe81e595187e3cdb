// A picture that can be made larger and moved: buttons, keys (+ − 0, arrows scroll), wheel with Ctrl, and dragging.

import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";

const STEPS = [1, 1.25, 1.5, 2, 3, 4, 6, 8];

/** Return `{element, controls, reset}` around an image, which fits the width at first. */
export function zoomable(image, name) {
  const stage = h("div", { class: "stage", tabindex: "0", role: "region", "aria-label": t("zoom.region", { name }) }, image);
  const level = h("span", { class: "zoom-level" });
  let step = 0;
  const apply = () => {
    image.style.width = `${STEPS[step] * 100}%`;
    level.textContent = `${Math.round(STEPS[step] * 100)} %`;
    stage.dataset.zoomed = String(step > 0);
  };
  const to = (next) => {
    const before = STEPS[step];
    step = Math.min(Math.max(0, next), STEPS.length - 1);
    const ratio = STEPS[step] / before;
    const [x, y] = [stage.scrollLeft + stage.clientWidth / 2, stage.scrollTop + stage.clientHeight / 2];
    apply();
    stage.scrollTo(x * ratio - stage.clientWidth / 2, y * ratio - stage.clientHeight / 2);
  };
  stage.addEventListener("keydown", (event) => {
    const next = { "+": step + 1, "=": step + 1, "-": step - 1, 0: 0 }[event.key];
    if (next === undefined) return;
    to(next);
    event.preventDefault();
    event.stopPropagation();
  });
  const turn = (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    to(step + (event.deltaY < 0 ? 1 : -1));
  };
  stage.addEventListener("wheel", turn, { passive: false });
  draggable(stage);
  apply();
  const controls = h(
    "div",
    { class: "viewer-group", role: "group", "aria-label": t("zoom.label") },
    button("minus", "zoom.out", () => to(step - 1)),
    level,
    button("plus", "zoom.in", () => to(step + 1)),
    h("button", { type: "button", class: "button button-quiet button-small", on: { click: () => to(0) } }, t("zoom.fit")),
  );
  return { element: stage, controls, reset: () => to(0) };
}

function draggable(stage) {
  let last = null;
  stage.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || stage.dataset.zoomed !== "true") return;
    last = event;
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
    stage.focus();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!last) return;
    stage.scrollBy(last.clientX - event.clientX, last.clientY - event.clientY);
    last = event;
  });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => (last = null));
}

function button(glyph, key, run) {
  return h("button", { type: "button", class: "button-icon", "aria-label": t(key), on: { click: run } }, icon(glyph));
}
