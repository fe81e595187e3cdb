// The views of one document: its text always; its page where it is a PDF; its picture where it is an image. The nearest to the original comes first.

import { fill, h, uid } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { imageView } from "./image.js";
import { pageView } from "./pages.js";
import { textView } from "./text.js";

/** Return `{views, settle}`: the tabs, and what scrolls to the quote once they are on the page. */
export function documentViews(found, { spans = [], page = null } = {}) {
  const makers = {
    ...(isPicture(found) ? { image: () => imageView(found, spans) } : {}),
    ...(isPdf(found) ? { page: () => pageView(found, spans, page) } : {}),
    text: () => textView(found, spans),
    ...(!isPdf(found) && found.pages.length > 0 ? { page: () => pageView(found, spans, page) } : {}), // a PDF inside another file
  };
  const names = Object.keys(makers);
  if (names.length === 1) {
    const only = makers.text();
    return { views: only.element, settle: only.settle };
  }
  return tabs(names, makers);
}

function isPdf(found) {
  return found.media_type === "application/pdf";
}

function isPicture(found) {
  return found.media_type.startsWith("image/") || found.media_type === "application/dicom";
}

function tabs(names, makers) {
  const body = h("div", { class: "tab-body", role: "tabpanel", id: uid("view"), tabindex: "-1" });
  const buttons = names.map((name) =>
    h("button", { type: "button", role: "tab", class: "tab", id: uid("tab"), "aria-controls": body.id, data: { view: name }, on: { click: () => choose(name) } }, t(`view.${name}`)),
  );
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": t("view.label"), on: { keydown: move } }, buttons);
  const choose = (name) => {
    for (const button of buttons) {
      const isChosen = button.dataset.view === name;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
      if (isChosen) body.setAttribute("aria-labelledby", button.id);
    }
    const view = makers[name]();
    fill(body, view.element);
    if (body.isConnected) view.settle();
    return view;
  };
  function move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    choose(next.dataset.view);
    next.focus();
    event.preventDefault();
  }
  const first = choose(names[0]);
  return { views: h("div", { class: "views" }, list, body), settle: first.settle };
}
