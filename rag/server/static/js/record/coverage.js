// What was looked at, so that an empty list is not read as an absence. Written by the program; no document says it.

import { h } from "../core/dom.js";
import { date, kind, kinds, number, period } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";

/** Say in one sentence what was read. */
export function readSentence({ documents: found }) {
  return t("record.read", { count: found.documents_searched, n: number(found.documents_searched), kinds: kinds(found.kinds), period: period(found.from, found.to) });
}

/** Draw an empty state: what was looked for, and in what. */
export function nothing(record, key) {
  return h("p", { class: "empty record-empty" }, `${t(key)} ${readSentence(record.coverage)} ${t("record.silence")}`);
}

/** Draw what was read and what could not be, folded below its one line. */
export function coverageNote({ coverage }) {
  const faults = faultsOf(coverage);
  return h(
    "details",
    { class: "record-coverage" },
    h("summary", {}, icon("search"), h("span", {}, readSentence(coverage), faults.length ? h("strong", {}, ` ${t("record.unread")}`) : null)),
    faults.length ? h("ul", { class: "record-faults" }, faults.map((fault) => h("li", {}, fault))) : null,
    h("ul", {}, coverage.kinds.map((one) => h("li", {}, `${kind(one.kind)} (${number(one.documents)}), ${period(one.from, one.to)}`))),
    h("p", { class: "hint" }, t("record.facts_read", { count: coverage.facts, n: number(coverage.facts), share: number(coverage.copied_share * 100) })),
  );
}

function faultsOf(coverage) {
  const failed = coverage.failed.map(({ file }) => file).join(", ");
  return [
    coverage.pages_without_text ? t("record.pages_without_text", { count: coverage.pages_without_text }) : null,
    coverage.pages_read_poorly ? t("record.pages_read_poorly", { count: coverage.pages_read_poorly }) : null,
    coverage.failed_files ? t("record.failed_files", { count: coverage.failed_files, files: failed }) : null,
  ].filter(Boolean);
}

/** Write when something holds: its day, its period, open where nothing says that it ended. */
export function when(at, isOpen = false) {
  if (!at || (!at.from && !at.to)) return t("undated");
  if (isOpen && !at.to) return t("period.since", { from: date(at.from) });
  return at.from && !at.to ? date(at.from) : period(at.from, at.to);
}
