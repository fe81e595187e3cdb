// Feedback, sentence by sentence: what is right, what is wrong, what its citation does not say. It goes to the hospital's own server.

import { announce } from "../core/announce.js";
import { json } from "../core/api.js";
import { fill, h, uid } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { t } from "../core/i18n.js";

const VERDICTS = ["good", "unsupported", "wrong", "incomplete", "dangerous"];

/** Draw the list of sentences to judge; each is sent when it is judged. */
export function review(turn) {
  const claims = turn.answer.claims.map((claim, index) => row(turn, claim, index, turn.feedback.find((said) => said.claim === index)));
  return h("section", { class: "review" }, h("h3", {}, t("review.title")), h("p", { class: "hint" }, t("review.about")), h("ol", { class: "review-list" }, claims));
}

function row(turn, claim, index, before) {
  const state = h("p", { class: "review-state" });
  const name = uid("verdict");
  const comment = h("input", { class: "input", id: uid("comment"), maxlength: "1000", autocomplete: "off", value: before?.comment ?? "" });
  const save = h("button", { type: "button", class: "button button-small", on: { click: () => post() } }, t("review.send"));
  const more = h("div", { class: "review-comment", hidden: true }, h("label", { htmlFor: comment.id }, t("review.comment")), comment, save);
  let verdict = null;
  const post = async () => {
    fill(state, t("review.sending"));
    try {
      await json("POST", "/v1/feedback", { body: { turn_id: turn.turnId, claim: index, verdict, comment: comment.value.trim() } });
      fill(state, icon("check"), t("review.thanks"));
      announce(t("review.thanks"));
    } catch (error) {
      fill(state, icon("alert"), error.message);
    }
  };
  const judged = (value) => {
    verdict = value;
    more.hidden = value === "good";
    if (value === "good") post();
    else comment.focus();
  };
  const options = VERDICTS.map((value) => {
    const input = h("input", { type: "radio", name, value, checked: before?.verdict === value, on: { change: () => judged(value) } });
    return h("label", { class: "check" }, input, h("span", {}, t(`review.${value}`)));
  });
  return h("li", {}, h("fieldset", {}, h("legend", { class: "review-sentence" }, claim.text), h("div", { class: "review-options" }, options)), more, state);
}
