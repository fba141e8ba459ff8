"use strict";
// Shows the cards and answers that the filter lets through; the filter is kept in the address (#dataset=…&verdict=…).
(() => {
  const STEP = 50;
  const form = document.getElementById("filter");
  const count = document.getElementById("count");
  const more = document.getElementById("more");
  const unfold = document.getElementById("unfold");
  const cards = Array.from(document.querySelectorAll(".card"), (card) => ({
    card,
    dataset: card.dataset.dataset,
    parts: Array.from(card.querySelectorAll("[data-verdict]")),
    words: null,
  }));
  let limit = STEP;

  const holds = (one, q) => {
    one.words ??= one.card.textContent.toLowerCase();
    return one.words.includes(q);
  };

  function show() {
    const { dataset, system, verdict, q } = Object.fromEntries(new FormData(form));
    const sought = q.trim().toLowerCase();
    let questions = 0;
    let answers = 0;
    for (const one of cards) {
      let fits = 0;
      for (const part of one.parts) {
        const { system: by, verdict: as } = part.dataset;
        part.hidden = Boolean((system && by !== system) || (verdict && as !== verdict));
        if (!part.hidden && part.classList.contains("answer")) fits += 1;
      }
      const shown = fits > 0 && (!dataset || one.dataset === dataset) && (!sought || holds(one, sought));
      if (shown) {
        questions += 1;
        answers += fits;
      }
      one.card.hidden = !shown || questions > limit;
    }
    const words = (n, one) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
    count.textContent = `${words(answers, "answer")} to ${words(questions, "question")}`;
    document.getElementById("nothing").hidden = questions > 0;
    more.hidden = questions <= limit;
    more.textContent = `show ${Math.min(STEP, questions - limit)} more of ${words(questions - limit, "question")} left`;
  }

  function changed() {
    limit = STEP;
    const set = Array.from(new FormData(form)).filter(([, value]) => value);
    const hash = `#${set.length ? new URLSearchParams(set) : "answers"}`;
    try {
      history.replaceState(null, "", hash);
    } catch {
      // A page that may not change its address is filtered all the same.
    }
    show();
  }

  function address() {
    const hash = location.hash.slice(1);
    if (hash.includes("=")) {
      const set = new URLSearchParams(hash);
      for (const field of form.elements) if (field.name) field.value = set.get(field.name) ?? "";
      document.getElementById("answers").scrollIntoView();
    }
    limit = STEP;
    show();
  }

  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(changed, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed));
  more.addEventListener("click", () => {
    limit += STEP;
    show();
  });
  unfold.addEventListener("click", () => {
    const visible = cards.filter((one) => !one.card.hidden);
    const open = visible.some((one) => !one.card.open);
    for (const one of visible) one.card.open = open;
  });
  window.addEventListener("hashchange", address);
  form.hidden = false;
  unfold.hidden = false;
  address();
})();
