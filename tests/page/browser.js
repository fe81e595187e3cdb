// What the page's modules need of a browser, and no more: elements that hold attributes and text, the page's language, its words.

import { readFile } from "node:fs/promises";

const STATIC = new URL("../../rag/server/static/", import.meta.url);

class Node {
  constructor() {
    this.children = [];
  }

  get textContent() {
    return this.children.map((child) => child.textContent).join("");
  }
}

class Text extends Node {
  constructor(text) {
    super();
    this.text = text;
  }

  get textContent() {
    return this.text;
  }
}

class Element extends Node {
  constructor(tag) {
    super();
    Object.assign(this, { tag, className: "", dataset: {}, attributes: {}, handlers: {}, style: {} });
  }

  append(...children) {
    this.children.push(...children);
  }

  replaceChildren(...children) {
    this.children = children;
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  addEventListener(event, handler) {
    this.handlers[event] = handler;
  }

  /** Every element below, this one first, whose tag is the one wanted. */
  all(tag) {
    const below = this.children.flatMap((child) => (child instanceof Element ? child.all(tag) : []));
    return this.tag === tag ? [this, ...below] : below;
  }
}

/** Stand in for the browser, in a language of the page. */
export async function openBrowser(language) {
  globalThis.Node = Node;
  globalThis.document = {
    documentElement: { lang: language },
    createElement: (tag) => new Element(tag),
    createElementNS: (_, tag) => new Element(tag),
    createTextNode: (text) => new Text(text),
    addEventListener() {},
  };
  globalThis.window = globalThis;
  globalThis.matchMedia = () => ({ matches: false, addEventListener() {} });
  globalThis.localStorage = undefined;
  globalThis.fetch = async (path) => new Response(await readFile(new URL(`.${path.replace("/static", "")}`, STATIC)));
  const { useLanguage } = await import("../../rag/server/static/js/core/i18n.js");
  await useLanguage(language);
}

/** A response whose body arrives in these pieces. */
export function responseOf(...pieces) {
  const encoder = new TextEncoder();
  const chunks = pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece));
  return new Response(
    new ReadableStream({
      pull(controller) {
        if (chunks.length) controller.enqueue(chunks.shift());
        else controller.close();
      },
    }),
  );
}
