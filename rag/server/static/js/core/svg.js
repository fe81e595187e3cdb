// Elements of drawings, built as those of the page are: attributes and text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element of a drawing; `on` and `data` as in `h`, every other key an attribute (null and false: absent). */
export function s(tag, props = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, typeof value === "number" ? String(Math.round(value * 10) / 10) : String(value));
  }
  const nodes = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  element.append(...nodes.map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return element;
}
