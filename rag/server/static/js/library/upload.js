// Adding documents: each file has its own line with its progress and its result; one that fails stops none of the others.

import { announce } from "../core/announce.js";
import { fill, h, uid } from "../core/dom.js";
import { size } from "../core/format.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";
import { address } from "../core/router.js";
import { may, patients, session } from "../session.js";
import { follow, upload } from "./upload-request.js";

const AT_ONCE = 2;

/** Draw the place where files are put; `onAdded` is called after each file that was taken in. */
export function uploader(onAdded) {
  const patient = h("select", { class: "input", id: uid("patient") }, targets());
  const input = h("input", { type: "file", id: uid("files"), multiple: true, class: "visually-hidden" });
  const list = h("ul", { class: "upload-list" });
  const drop = h(
    "div",
    { class: "drop" },
    icon("upload"),
    h("div", {}, input, h("label", { class: "button", htmlFor: input.id }, t("upload.choose")), h("p", { class: "hint" }, t("upload.drop"), limit())),
    h("div", { class: "drop-patient" }, h("label", { htmlFor: patient.id }, t("upload.patient")), patient),
  );
  const queue = [];
  let running = 0;
  const next = async () => {
    if (running >= AT_ONCE || queue.length === 0) return;
    running += 1;
    if (await queue.shift()()) onAdded();
    running -= 1;
    next();
  };
  const add = (files) => {
    for (const file of files) {
      const line = makeLine(file);
      list.prepend(line.element);
      queue.push(() => send(file, patient.value, line));
      next();
    }
  };
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });
  dropping(drop, add);
  return h("section", { class: "upload", "aria-label": t("upload.title") }, drop, list);
}

function targets() {
  const literature = may("curate") ? [h("option", { value: "" }, t("upload.from_file"))] : [h("option", { value: "" }, t("upload.named_in_file"))];
  return [...literature, ...patients.get().map(({ patient_id: id }) => h("option", { value: id }, id))];
}

function limit() {
  const most = session.get()?.max_upload_mb;
  return most ? ` ${t("upload.limit", { size: size(most * 1e6) })}` : "";
}

function dropping(drop, add) {
  const isOver = (flag) => (event) => {
    event.preventDefault();
    drop.dataset.over = String(flag);
  };
  drop.addEventListener("dragover", isOver(true));
  drop.addEventListener("dragleave", isOver(false));
  drop.addEventListener("drop", (event) => {
    isOver(false)(event);
    add([...event.dataTransfer.files]);
  });
}

function makeLine(file) {
  const progress = h("progress", { max: "1", value: 0, "aria-label": t("upload.progress", { name: file.name }) });
  const state = h("p", { class: "upload-state" }, t("upload.waiting"));
  const element = h("li", { class: "upload-line" }, h("p", { class: "upload-name" }, h("strong", {}, file.name), " ", h("span", { class: "caption" }, size(file.size))), progress, state);
  const tell = (how, ...words) => {
    element.dataset.state = how;
    progress.hidden = how === "done" || how === "failed";
    fill(state, ...words);
  };
  return { element, progress, tell };
}

/** Send one file and follow it to its end; returns whether something was taken in. */
async function send(file, patientId, { progress, tell }) {
  try {
    tell("sending", t("upload.sending"));
    const job = await upload(file, patientId, (share) => (progress.value = share));
    progress.removeAttribute("value");
    tell("reading", t("upload.reading"));
    const result = await follow(job, (state) => tell("reading", t(state === "queued" ? "upload.queued" : "upload.reading")));
    return told(file, result, tell);
  } catch (error) {
    tell("failed", icon("alert"), h("span", {}, error.message));
    announce(`${file.name}: ${error.message}`);
    return false;
  }
}

function told(file, { outcome, docIds, problem, warnings }, tell) {
  if (outcome === "failed") {
    tell("failed", icon("alert"), h("span", {}, problem ?? t("upload.failed")));
    announce(`${file.name}: ${problem ?? t("upload.failed")}`);
    return false;
  }
  const links = docIds.slice(0, 5).map((id) => [" ", h("a", { href: address("documents", id) }, t("upload.open"))]);
  tell("done", icon("check"), h("span", {}, t(`upload.${outcome}`), links), warnings.map((warning) => h("span", { class: "upload-warning" }, warning)));
  announce(`${file.name}: ${t(`upload.${outcome}`)}`);
  return true;
}
