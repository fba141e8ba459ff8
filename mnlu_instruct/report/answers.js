"use strict";
// The list of answers. An index names the questions; the questions themselves come in chunks, from the page or, as
// scripts, from the folder beside it. A question's row is drawn when the list has come to it, its inside when it is
// opened. All words of models and corpora come into the page as text, never as markup.
const browser = (() => {
  const STEP = 50; // rows drawn at once
  const KEPT = 12; // chunks
  const LONG = 20_000; // characters
  const byId = (id) => document.getElementById(id);
  const parsed = (id) => JSON.parse(byId(id).textContent);
  const facts = parsed("facts");
  const verdicts = Object.keys(facts.verdicts);
  const form = byId("filter");
  const list = byId("cards");
  const more = byId("more");
  const nonce = document.currentScript.nonce;
  const chunks = new Map();
  const pending = new Map(); // chunks on their way
  const waiting = new Map(); // who wants to know when a script has arrived
  const rows = new WeakMap(); // a card's question, and what the filter was
  let source = null;
  let sought = "";
  let fits = () => true; // an answer, by the filter
  let found = []; // the questions with such an answer
  let drawn = 0;
  let limit = STEP;
  let round = 0; // filters so far; what belongs to an earlier one ends
  let share = 1; // of the questions that were searched

  // ---- Where questions come from

  const inside = {
    start: () => parsed("index"),
    chunk: (number) => parsed(`chunk-${number}`),
  };
  const beside = {
    async start() {
      const parts = [];
      for (let number = 0; number < facts.files.indexes; number += 1) parts.push(...(await script("index", number)));
      return parts;
    },
    chunk: (number) => script("answers", number),
  };

  globalThis.arrived = (kind, number, owner, content) => {
    if (owner === facts.key) waiting.get(`${kind}-${number}`)?.(content);
  };

  function script(kind, number) {
    const name = `${kind}-${number}`;
    return new Promise((resolve, reject) => {
      const element = document.createElement("script");
      const ended = () => {
        waiting.delete(name);
        element.remove();
        reject(new Error(`${name}.js`));
      };
      waiting.set(name, resolve);
      element.nonce = nonce;
      element.src = `${encodeURIComponent(facts.files.folder)}/${name}.js`;
      element.addEventListener("load", ended);
      element.addEventListener("error", ended);
      document.head.append(element);
    });
  }

  // The questions of a chunk, or a promise of them; the chunks that came last are kept.
  function loaded(number) {
    if (pending.has(number)) return pending.get(number);
    const content = chunks.get(number) ?? source.chunk(number);
    if (!content.then) return keep(number, content);
    pending.set(number, content.then((arrived) => keep(number, arrived)).finally(() => pending.delete(number)));
    return pending.get(number);
  }

  function keep(number, content) {
    chunks.delete(number);
    chunks.set(number, content);
    if (chunks.size > KEPT) chunks.delete(chunks.keys().next().value);
    return content;
  }

  // The questions of a chunk; null if it isn't there.
  async function waited(number) {
    try {
      return await loaded(number);
    } catch {
      return null;
    }
  }

  const lost = (number) => `answers-${number}.js isn’t in ${facts.files.folder}`;

  function entries(parts) {
    return parts.flatMap((part, chunk) =>
      part.questions.map(([id, answers], place) => ({ dataset: part.dataset, chunk, place, id, answers })),
    );
  }

  // ---- What fits the filter

  const passes = ({ system, verdict, kind, seen }) => {
    const by = facts.systems.indexOf(system);
    const as = verdicts.indexOf(verdict);
    const bit = 1 << facts.kinds.indexOf(kind);
    const was = { yes: true, no: false }[seen];
    return ([one, rank, trained, errors]) =>
      (!system || one === by) &&
      (!verdict || rank === as) &&
      (!kind || (errors & bit) > 0) &&
      (was === undefined || trained === was);
  };

  const words = (card) =>
    [
      ...[card.id, ...card.texts, ...card.askings.map((one) => one.target)],
      ...card.answers.flatMap((one) => [one.said, one.read]),
    ]
      .join("\n")
      .toLowerCase();

  const pause = () => new Promise((resolve) => setTimeout(resolve));

  async function filter() {
    round += 1;
    const mine = round;
    const set = Object.fromEntries(new FormData(form));
    fits = passes(set);
    const dataset = facts.datasets.indexOf(set.dataset);
    sought = set.q.trim().toLowerCase();
    CSS.highlights?.get("sought").clear();
    const chosen = source.entries.filter(
      (one) => (!set.dataset || one.dataset === dataset) && one.answers.some(fits),
    );
    found = sought ? [] : chosen;
    drawn = 0;
    limit = STEP;
    list.replaceChildren();
    draw();
    if (!sought) return tell(1);
    let cards = [];
    let last = performance.now();
    for (let at = 0; at < chosen.length; at += 1) {
      const one = chosen[at];
      if (at === 0 || one.chunk !== chosen[at - 1].chunk) cards = await waited(one.chunk);
      if (mine !== round) return undefined;
      if (!cards) return tell(at / chosen.length, one.chunk);
      if (performance.now() - last > 30) {
        draw();
        tell(at / chosen.length);
        await pause();
        last = performance.now();
      }
      if (mine !== round) return undefined;
      if (words(cards[one.place]).includes(sought)) found.push(one);
    }
    draw();
    return tell(1);
  }

  // Says how much was found, and how much was searched or why no more.
  function tell(now, missing) {
    share = now;
    const plural = (n, one) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
    const answers = found.reduce((sum, one) => sum + one.answers.filter(fits).length, 0);
    const searched = share < 1 ? `; ${Math.floor(100 * share)} % searched` : "";
    const stopped = missing === undefined ? "" : `; ${lost(missing)}`;
    const counted = `${plural(answers, "answer")} to ${plural(found.length, "question")}`;
    byId("count").textContent = `${counted}${searched}${stopped}`;
    byId("nothing").hidden = found.length > 0 || share < 1;
    const left = found.length - limit;
    more.hidden = left <= 0;
    more.textContent = `show ${Math.min(STEP, left)} more of ${plural(left, "question")} left`;
  }

  // ---- Drawing

  function element(name, kind, ...children) {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.append(...children);
    return made;
  }

  function block(kind, ...children) {
    const made = element("div", kind, ...children);
    made.dir = "auto";
    return made;
  }

  // Words as they were said: of endless ones the beginning, as browsers are slow to lay out more.
  function quoted(kind, words) {
    const made = block(kind, words.slice(0, LONG));
    if (words.length <= LONG) return made;
    const rest = element("button", "", `show ${(words.length - LONG).toLocaleString("en")} more characters`);
    rest.type = "button";
    rest.addEventListener("click", () => rest.replaceWith(words.slice(LONG)));
    made.append(" ", rest);
    return made;
  }

  const chip = (verdict, before = "") => element("span", `chip ${verdict}`, before + facts.verdicts[verdict]);

  function draw() {
    for (; drawn < Math.min(limit, found.length); drawn += 1) list.append(row(found[drawn]));
  }

  function row(one) {
    const summary = element("summary", "", element("bdi", "id", one.id));
    for (const answer of one.answers.filter(fits)) {
      const made = chip(verdicts[answer[1]], `${facts.systems[answer[0]]}: `);
      if (answer[2]) made.append(" · seen");
      summary.append(made, " ");
    }
    const card = element("details", "card", summary);
    rows.set(card, { ...one, fits });
    card.addEventListener("toggle", () => card.open && fill(card));
    return card;
  }

  // Draws the inside of a card: at once if its chunk is there.
  function fill(card) {
    const one = rows.get(card);
    const cards = loaded(one.chunk);
    if (!cards.then) return inner(card, one, cards);
    return waited(one.chunk).then((arrived) => inner(card, one, arrived));
  }

  function inner(card, one, cards) {
    if (card.childElementCount > 1) return undefined;
    if (!cards) return card.append(element("p", "unplaced", lost(one.chunk)));
    const question = cards[one.place];
    const answers = question.answers.filter((_, place) => one.fits(one.answers[place]));
    if (!answers.some((answer) => answer.marks)) card.append(...question.texts.map((text) => quoted("text", text)));
    for (const asking of question.askings) card.append(...gold(question, asking));
    card.append(...answers.map((answer) => article(question, answer)));
    return highlight(card);
  }

  // Colours the words that were sought, where the browser can without changing the page.
  function highlight(card) {
    if (!sought || !CSS.highlights) return;
    const walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const text = node.data.toLowerCase();
      if (text.length !== node.length) continue; // İ, for one, is longer in lower case
      for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + sought.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + sought.length);
        CSS.highlights.get("sought").add(range);
      }
    }
  }

  function gold(question, asking) {
    const several = question.askings.length > 1;
    const whom = several ? ` for ${asking.systems.map((place) => facts.systems[place]).join(", ")}` : "";
    const head = element("h3", "", `gold${whom}`);
    if (question.note) head.append(" ", element("small", "", question.note));
    const asked = quoted("said", asking.prompt.join(question.texts[0]));
    const prompt = element("details", "prompt", element("summary", "", "prompt"), asked);
    prompt.open = question.asks;
    return [head, quoted("said", asking.target), prompt];
  }

  function article(question, answer) {
    const head = element("h3", "", `${facts.systems[answer.system]} `, chip(answer.verdict));
    if (answer.stopped) head.append(" ", element("span", "chip", "stopped early"));
    if (answer.seen !== undefined) {
      head.append(" ", element("span", "chip", answer.seen ? "seen in training" : "not seen in training"));
    }
    for (const [kind, count] of Object.entries(answer.errors ?? {})) {
      head.append(" ", element("span", "chip", count > 1 ? `${kind} × ${count}` : kind));
    }
    const made = element("article", "answer", head);
    if (answer.marks) made.append(passage(question, answer.marks));
    made.append(answer.said.trim() ? quoted("said raw", answer.said) : block("said raw", element("i", "", "nothing")));
    if (answer.read !== undefined) made.append(element("p", "read", "read as"), quoted("said", answer.read));
    if (answer.unplaced) made.append(unplaced(answer));
    return made;
  }

  function unplaced(answer) {
    const made = element("p", "unplaced", "not found in the text: ");
    answer.unplaced.forEach((one, place) => {
      made.append(place ? ", " : "", element("q", "", one.text), ` (${one.type})`);
    });
    if (answer.ignored) made.append(`; and ${answer.ignored.toLocaleString("en")} more that were not looked for`);
    return made;
  }

  // The text, with stretches of it marked: [length, gold types, predicted types, those that end here].
  function passage(question, marks) {
    const text = question.texts[0];
    const made = block("text");
    const names = (types) => types.map((type) => question.types[type]);
    let start = 0;
    for (const mark of marks) {
      if (typeof mark === "number") {
        made.append(text.slice(start, start + mark));
        start += mark;
        continue;
      }
      const [length, gold, predicted, goldEnds, predictedEnds] = mark;
      const kinds = [gold.length ? "gold" : "", predicted.length ? "predicted" : ""];
      const piece = element("mark", kinds.filter(Boolean).join(" "), text.slice(start, start + length));
      const told = (what, types) => (types.length ? [`${what}: ${names(types).join(", ")}`] : []);
      piece.title = [...told("gold", gold), ...told("predicted", predicted)].join("; ");
      made.append(piece);
      start += length;
      if (!question.named) continue;
      for (const type of new Set([...goldEnds, ...predictedEnds])) {
        const ends = [goldEnds.includes(type) ? "gold" : "", predictedEnds.includes(type) ? "predicted" : ""];
        made.append(element("span", `tag ${ends.filter(Boolean).join(" ")}`, question.types[type]));
      }
    }
    made.append(text.slice(start));
    return made;
  }

  // ---- A list for people who check answers by hand, of what the filter has found

  const COLUMNS = [
    ...["data set", "question", "system", "answer is", "errors", "text", "prompt", "gold", "answer"],
    ...["checked: right?", "checked: note"],
  ];

  // A cell: quoted, and with ' before what a spreadsheet would take for a formula.
  const cell = (words) => `"${String(words).replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;

  async function table(questions, fitting) {
    const lines = [COLUMNS];
    for (const one of questions) {
      const cards = await waited(one.chunk);
      if (!cards) throw new Error(lost(one.chunk));
      const question = cards[one.place];
      question.answers.forEach((answer, place) => {
        if (!fitting(one.answers[place])) return;
        const asking = question.askings.find((some) => some.systems.includes(answer.system));
        const errors = Object.entries(answer.errors ?? {}).map(([kind, count]) => `${kind} ${count}`);
        lines.push([
          ...[facts.datasets[one.dataset], one.id, facts.systems[answer.system], facts.verdicts[answer.verdict]],
          ...[errors.join("; "), question.texts.join("\n\n"), asking.prompt.join(question.texts[0]), asking.target],
          ...[answer.said, "", ""],
        ]);
      });
    }
    return lines.map((line) => `${line.map(cell).join(",")}\r\n`).join("");
  }

  async function save() {
    const button = byId("save");
    button.disabled = true;
    try {
      const content = await table([...found], fits);
      const link = element("a");
      link.href = URL.createObjectURL(new Blob(["\ufeff", content], { type: "text/csv" })); // U+FEFF: UTF-8, for Excel
      link.download = "answers.csv";
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      byId("count").textContent = error.message;
    } finally {
      button.disabled = false;
    }
  }

  // ---- Controls

  function changed() {
    const set = Array.from(new FormData(form)).filter(([, value]) => value);
    try {
      history.replaceState(null, "", `#${set.length ? new URLSearchParams(set) : "answers"}`);
    } catch {
      // A page that may not change its address is filtered all the same.
    }
    filter();
  }

  function next() {
    limit += STEP;
    draw();
    tell(share);
  }

  async function start() {
    if (facts.files) {
      try {
        source = { ...beside, entries: entries(await beside.start()) };
        byId("sampled").hidden = true;
        byId("whole").hidden = false;
      } catch {
        source = null;
      }
    }
    source ??= { ...inside, entries: entries(inside.start()) };
    form.hidden = false;
    document.querySelector(".legend").hidden = false;
    views.follow((view) => {
      if (view.id !== "answers") return;
      const set = views.asked();
      for (const field of form.elements) if (field.name) field.value = set.get(field.name) ?? "";
      filter();
    });
  }

  let typing;
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(changed, 150);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed));
  more.addEventListener("click", next);
  byId("save").addEventListener("click", save);
  byId("unfold").addEventListener("click", () => {
    const cards = Array.from(list.children);
    const open = cards.some((card) => !card.open);
    for (const card of cards) card.open = open;
  });

  CSS.highlights?.set("sought", new Highlight());
  views.start();
  start();
  return {
    list,
    more,
    next,
    search: form.elements.q,
    fill() {
      if (!byId("answers").hidden) for (const card of list.children) fill(card);
    },
  };
})();
