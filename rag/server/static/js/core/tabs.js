// Tabs driven by the arrow keys, one panel for all of them (ARIA tabs, chosen as the focus moves).

import { fill, h, uid } from "./dom.js";

/**
 * Make tabs. `title(name)` is what a tab says, `show(name)` returns what the panel holds, `after(name)` runs once a chosen panel is on the page.
 */
export function tabs({ label, names, title, show, first = names[0], after = () => {}, style = "tab-body" }) {
  const body = h("div", { class: style, role: "tabpanel", id: uid("view"), tabindex: "-1" });
  const buttons = names.map((name) =>
    h("button", { type: "button", role: "tab", class: "tab", id: uid("tab"), "aria-controls": body.id, data: { view: name }, on: { click: () => choose(name) } }, title(name)),
  );
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": label, on: { keydown: move } }, buttons);
  function choose(name) {
    for (const button of buttons) {
      const isChosen = button.dataset.view === name;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
      if (isChosen) body.setAttribute("aria-labelledby", button.id);
    }
    fill(body, show(name));
    if (body.isConnected) after(name);
  }
  function move(event) {
    const to = { ArrowRight: 1, ArrowLeft: -1, Home: -buttons.indexOf(document.activeElement), End: -1 - buttons.indexOf(document.activeElement) }[event.key];
    if (to === undefined) return;
    const next = buttons[(buttons.indexOf(document.activeElement) + to + buttons.length) % buttons.length];
    choose(next.dataset.view);
    next.focus();
    event.preventDefault();
  }
  choose(names.includes(first) ? first : names[0]);
  return h("div", { class: "views" }, list, body);
}
