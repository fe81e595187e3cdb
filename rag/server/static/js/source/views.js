// The views of one document: its text always; its page where it is a PDF; its picture where it is an image. The nearest to the original comes first.

import { t } from "../core/i18n.js";
import { tabs } from "../core/tabs.js";
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
  let view = null;
  const show = (name) => {
    view = makers[name]();
    return view.element;
  };
  const views = tabs({ label: t("view.label"), names, title: (name) => t(`view.${name}`), show, after: () => view.settle() });
  return { views, settle: view.settle };
}

function isPdf(found) {
  return found.media_type === "application/pdf";
}

function isPicture(found) {
  return found.media_type.startsWith("image/") || found.media_type === "application/dicom";
}
