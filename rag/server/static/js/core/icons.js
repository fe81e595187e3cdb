// The few line drawings of the page. They are decoration: the text beside one, or its button's label, says what it means.

const SVG = "http://www.w3.org/2000/svg";

// Paths on a 20 × 20 grid, drawn for this page.
const ICONS = {
  ask: "M4 4h12v9H9l-4 3v-3H4z",
  new: "M10 4v12M4 10h12",
  documents: "M5 3h7l3 3v11H5zM12 3v3h3M8 10h5M8 13h5",
  chart: "M4 16V9M9 16V4M14 16v-5M3 16.5h14",
  person: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c.6-3 2.9-4.5 6-4.5s5.4 1.5 6 4.5",
  book: "M10 5.5C8 4 5.5 4 3 4.5v11c2.5-.5 5-.5 7 1 2-1.5 4.5-1.5 7-1v-11c-2.5-.5-5-.5-7 1zm0 0v11",
  filter: "M3 5h14l-5.5 6v5l-3-1.5V11z",
  close: "M5 5l10 10M15 5L5 15",
  help: "M7.5 7.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M10 14.3v.2",
  theme: "M10 3a7 7 0 1 0 7 7 5.5 5.5 0 0 1-7-7z",
  menu: "M3 6h14M3 10h14M3 14h14",
  copy: "M7 7V4h9v9h-3M4 7h9v9H4z",
  download: "M10 3v9M6.5 9l3.5 3.5L13.5 9M4 16h12",
  print: "M6 8V3h8v5M6 14H4V8h12v6h-2M6 12h8v5H6z",
  check: "M4 10.5l4 4 8-9",
  alert: "M10 3l8 14H2zM10 8v4M10 14.3v.2",
  edit: "M4 16l.8-3.5L13 4.3l2.7 2.7-8.2 8.2zM11.5 5.8l2.7 2.7",
  trash: "M4 6h12M8 6V4h4v2M6 6l.8 11h6.4L14 6",
  upload: "M10 13V4M6.5 7.5L10 4l3.5 3.5M4 16h12",
  search: "M9 14a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM13 13l4 4",
  left: "M12.5 4l-6 6 6 6",
  right: "M7.5 4l6 6-6 6",
  plus: "M10 5v10M5 10h10",
  minus: "M5 10h10",
  send: "M10 16V4M5 9l5-5 5 5",
  stop: "M6 6h8v8H6z",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4.2l2.8 1.8",
  exit: "M8 4H4v12h4M9 10h8M13.5 6.5L17 10l-3.5 3.5",
};

/** Draw an icon by its name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true", focusable: "false" })) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
