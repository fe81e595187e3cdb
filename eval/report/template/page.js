"use strict";
(() => {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(find(id).textContent);
  const words = read("data-words");
  const runs = read("data-items");
  const tongue = () => root.dataset.lang;
  const colon = () => (tongue() === "fr" ? "\u00a0: " : ": ");
  const say = (key) => words[tongue()][key] ?? key.slice(key.indexOf(".") + 1).replaceAll("_", " ");

  /** Make an element; texts are always written as text, never as markup. */
  const make = (tag, kind, ...inside) => {
    const element = document.createElement(tag);
    if (kind) element.className = kind;
    for (const part of inside.flat()) if (part !== null && part !== undefined && part !== "") element.append(part);
    return element;
  };

  find("tongue").addEventListener("click", () => {
    root.dataset.lang = root.lang = tongue() === "fr" ? "en" : "fr";
    if (find("filters")) { choices(); list(); }
  });
  find("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  if (!find("filters")) return;

  const state = { run: Object.keys(runs).find((name) => runs[name].length), show: "all", language: "all", slice: "all", words: "", chosen: null };
  const tests = {
    all: () => true,
    wrong: (item) => item.wrong === true,
    right: (item) => item.wrong === false,
    withheld: (item) => item.withheld?.length > 0,
    abstained: (item) => item.abstained === true,
    contradicted: (item) => item.contradictions?.length > 0,
    failed: (item) => Boolean(item.error),
  };
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const haystack = new WeakMap();
  /** All texts of a value; the names of its fields are not among them. */
  const texts = (value) => typeof value === "string" ? [value]
    : value && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
  const holds = (item, wanted) => {
    if (!haystack.has(item)) {
      const { kind, scores, unscored, slices, ...said } = item;
      haystack.set(item, plain(texts(said).join("\n")));
    }
    return wanted.split(/\s+/).every((word) => haystack.get(item).includes(word));
  };
  const matching = () => {
    const wanted = plain(state.words.trim());
    return runs[state.run].filter((item) =>
      tests[state.show](item) && (state.language === "all" || item.language === state.language) &&
      (state.slice === "all" || `${state.slice}`.split("\u0000").every((part, place, both) => place || item.slices[both[0]] === both[1])) &&
      (!wanted || holds(item, wanted)));
  };

  const fill = (id, entries, value) => {
    const select = find(id);
    select.replaceChildren(...entries.map(([name, text]) => Object.assign(make("option", "", text), { value: name, selected: name === value })));
  };
  const choices = () => {
    const items = runs[state.run];
    fill("by-run", Object.keys(runs).filter((name) => runs[name].length).map((name) => [name, name]), state.run);
    fill("by-state", Object.keys(tests).filter((name) => name === "all" || items.some(tests[name]))
      .map((name) => [name, `${say(`browser.${name}`)} (${items.filter(tests[name]).length})`]), state.show);
    const languages = [...new Set(items.map((item) => item.language).filter(Boolean))].sort();
    fill("by-language", ["all", ...languages].map((name) => [name, name === "all" ? say("browser.all") : name]), state.language);
    const slices = [...new Set(items.flatMap((item) => Object.entries(item.slices).filter(([name]) => name !== "language").map((pair) => pair.join("\u0000"))))].sort();
    const shown = slices.map((both) => { const [name, value] = both.split("\u0000"); return [both, `${say(`slice.${name}`)}${colon()}${say(`value.${value}`)}`]; });
    fill("by-slice", [["all", say("browser.all")], ...shown], state.slice);
  };

  const tag = (text, kind = "") => make("span", `tag ${kind}`, text);
  const tags = (item) => [
    item.wrong === true ? tag(say("browser.wrong"), "bad") : item.wrong === false ? tag(say("browser.right"), "good") : null,
    item.error ? tag(say("browser.failed"), "bad") : null,
    item.abstained ? tag(say("browser.abstained"), "warn") : null,
    item.withheld?.length ? tag(say("browser.withheld"), "warn") : null,
    item.contradictions?.length ? tag(say("browser.contradicted"), "warn") : null,
    item.language ? tag(item.language) : null,
  ];
  const list = () => {
    const items = matching();
    if (!items.includes(state.chosen)) state.chosen = items[0] ?? null;
    find("count").textContent = `${items.length} / ${runs[state.run].length} ${say("browser.count")}`;
    const rows = items.map((item, place) => {
      const row = make("div", "item", make("div", "q", item.question), make("div", "tags", make("span", "", item.id), tags(item)));
      row.id = `item-${place}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", item === state.chosen);
      row.addEventListener("click", () => choose(place));
      return row;
    });
    find("list").replaceChildren(...(rows.length ? rows : [make("p", "item", say("browser.none"))]));
    if (state.chosen) find("list").setAttribute("aria-activedescendant", `item-${items.indexOf(state.chosen)}`);
    else find("list").removeAttribute("aria-activedescendant");
    detail();
  };
  const choose = (place) => {
    const items = matching();
    state.chosen = items[place];
    [...find("list").children].forEach((row, number) => row.setAttribute("aria-selected", number === place));
    const row = find(`item-${place}`);
    find("list").setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
    detail();
  };
  find("list").addEventListener("keydown", (event) => {
    const items = matching();
    const at = items.indexOf(state.chosen);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, j: at + 1, k: at - 1, Home: 0, End: items.length - 1, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || !items.length) return;
    event.preventDefault();
    choose(Math.max(0, Math.min(items.length - 1, to)));
  });

  const part = (key, ...inside) => inside.flat().filter(Boolean).length ? [make("h4", "", say(`browser.${key}`)), ...inside.flat()] : [];
  const claim = (said) => make("div", `claim ${said.support}`, make("p", "", said.text),
    make("small", "", `${say("browser.support")}${colon()}${say(`support.${said.support}`)} ${said.score.toFixed(2)}`),
    said.citations.map((cited) => make("blockquote", "", `[${cited.marker}] ${cited.doc} — ${cited.quote}`)));
  const facts = (entries, good) => entries.length ? make("ul", "facts", entries.map((fact) =>
    make("li", "", make("span", fact.found === good ? "good" : "bad", fact.found === good ? "✓ " : "✗ "), fact.text))) : null;
  const scores = (item) => make("div", "scores",
    Object.entries(item.scores).filter(([, value]) => value !== null).map(([name, value]) => tag(`${say(`metric.${name}`)} ${Number(value.toFixed(3))}`)),
    Object.entries(item.unscored).map(([name, reason]) => tag(`${say(`metric.${name}`)}${colon()}${say(`unscored.${reason}`)}`, "none")));
  const evidenceOf = (item) => part("evidence", (item.evidence ?? []).map((shown) => make("div", "evidence", make("b", "", `[${shown.marker}] ${shown.title}`),
      make("small", "", ` ${shown.doc} · ${shown.kind}${shown.patient ? ` · ${shown.patient}` : ""}`), make("p", "", shown.text))));
  const failure = (item) => item.error ? make("p", "alert", say(`failure.${item.error}`)) : null;
  const answer = (item) => [
    failure(item),
    part("answer", item.abstained ? make("p", "", `${say("browser.said_nothing")} (${say(`browser.${item.reason}`)}).`, item.missing?.length ? ` ${say("browser.missing")}${colon()}${item.missing.join(", ")}` : "") : (item.claims ?? []).map(claim)),
    part("withheld_title", (item.withheld ?? []).map(claim)),
    part("contradictions", (item.contradictions ?? []).map((found) => make("blockquote", "", `${found.claim} ⟂ ${found.doc}${colon()}${found.quote}`))),
    part("gold",
      item.answerable === false ? make("p", "", say("browser.no_answer_exists")) : null,
      labelled("must_have", facts(item.gold.must_have, true)), labelled("nice_to_have", facts(item.gold.nice_to_have, true)),
      labelled("must_not", facts(item.gold.must_not, false)),
      labelled("facts", item.gold.facts.length ? make("ul", "", item.gold.facts.map((fact) => make("li", "", fact.text))) : null),
      labelled("gold_docs", item.gold.docs.length ? make("p", "", item.gold.docs.join(", ")) : null),
      labelled("gold_quotes", item.gold.quotes.map((quote) => make("blockquote", "", quote)))),
    part("judges", item.judges.map((judge) => make("p", "", `${judge.name}${colon()}${judge.score ?? "–"} ${judge.reason ?? ""}`))),
    evidenceOf(item),
  ];
  const labelled = (key, inside) => inside && (!Array.isArray(inside) || inside.length) ? make("div", "", make("small", "", say(`browser.${key}`)), inside) : null;
  const query = (item) => [
    failure(item),
    part("ranking", make("ol", "", item.ranking.map((found) => make("li", "", found.doc, " ",
      found.grade === null ? null : tag(`${say("browser.grade")} ${found.grade}`, found.grade > 0 ? "good" : ""))))),
    part("relevant", make("ul", "", item.relevant.map((found) => make("li", "", `${found.doc} · ${say("browser.grade")} ${found.grade} · `,
      found.rank ? `${say("browser.rank")} ${found.rank}` : make("span", "bad", say("browser.not_found"))))),
    item.relevant_total > item.relevant.length ? make("p", "", `… ${item.relevant_total}`) : null),
  ];
  const pairOf = (item) => [
    make("p", "", tag(say(`browser.label_${item.label}`), item.label ? "good" : "bad"), " ",
      tag(`${say(`browser.called_${Number(item.score >= item.threshold)}`)} (${item.score.toFixed(3)})`, item.wrong ? "bad" : "good")),
    part("premise", make("p", "premise", item.premise), item.premise_characters > item.premise.length
      ? make("small", "", say("browser.cut").replace("{shown}", item.premise.length).replace("{total}", item.premise_characters)) : null),
  ];
  const choiceOf = (item) => [
    failure(item),
    part("options", make("ul", "facts", item.options.map((option) => make("li", "", `${option.letter}. ${option.text} `,
      option.gold ? tag(say("browser.right_option"), "good") : null,
      option.chosen ? tag(say("browser.chosen"), option.gold === null ? "" : option.gold ? "good" : "bad") : null,
      item.has_context && option.no_context ? tag(say("browser.chosen_no_context")) : null)))),
    evidenceOf(item),
  ];
  const detail = () => {
    const item = state.chosen;
    if (!item) return find("detail").replaceChildren();
    const facts = [item.id, item.patient_id ? `${say("browser.patient")} ${item.patient_id}` : null,
      item.latency_ms ? `${say("browser.latency")} ${(item.latency_ms / 1000).toFixed(2)} s` : null,
      item.tokens && item.tokens[0] ? `${say("browser.tokens")} ${item.tokens.join(", ")}` : null,
      item.relevance !== undefined ? `${say("browser.relevance")} ${item.relevance.toFixed(2)}` : null].filter(Boolean).join(" · ");
    find("detail").scrollTop = 0;
    find("detail").replaceChildren(...[
      make("h3", "", item.question), make("p", "meta", facts), make("div", "tags", tags(item)),
      ({ answer, query, pair: pairOf, choice: choiceOf })[item.kind](item), part("scores", scores(item)),
    ].flat(4).filter(Boolean));
  };

  const on = (id, event, field, after) => find(id).addEventListener(event, () => { state[field] = find(id).value; after?.(); list(); });
  on("by-run", "change", "run", () => { Object.assign(state, { show: "all", language: "all", slice: "all" }); choices(); });
  on("by-state", "change", "show");
  on("by-language", "change", "language");
  on("by-slice", "change", "slice");
  on("by-words", "input", "words");
  find("filters").addEventListener("submit", (event) => event.preventDefault());
  choices();
  list();
})();
