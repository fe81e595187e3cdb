// How large a patient's record is, in words.

import { number, period } from "../core/format.js";
import { t } from "../core/i18n.js";

/** Write the number of documents and, where known, their period. */
export function recordSize({ documents, from = null, to = null }) {
  const about = { count: documents, n: number(documents), period: period(from, to) };
  return t(from || to ? "scope.documents" : "scope.documents_only", about);
}
