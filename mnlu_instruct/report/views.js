"use strict";
// One view at a time: the overview, a data set (#data=…), or the answers (#dataset=…&verdict=…). The address says which.
const views = (() => {
  const all = Array.from(document.querySelectorAll(".view"));
  const jump = document.getElementById("jump");
  const title = document.title;
  const listeners = [];

  const asked = () => new URLSearchParams(location.hash.slice(1));

  function shown() {
    const name = asked().get("data");
    if (name !== null) return all.find((one) => one.dataset.name === name) ?? all[0];
    if (location.hash === "#answers" || location.hash.includes("=")) return document.getElementById("answers");
    return all[0];
  }

  function show(by) {
    const view = shown();
    for (const one of all) {
      one.hidden = one !== view;
      one.classList.toggle("printed", view === all[0] && one.classList.contains("testset"));
    }
    for (const link of document.querySelectorAll("#ways a")) {
      if (link.hash === `#${view.id}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const name = view.dataset.name ?? "";
    jump.value = name;
    document.title = name ? `${name}: ${title}` : title;
    for (const listener of listeners) listener(view);
    const place = view === all[0] && location.hash ? document.getElementById(location.hash.slice(1)) : null;
    if (by && view !== all[0]) view.querySelector("[tabindex='-1']").focus({ preventScroll: true });
    if (place && place !== view) place.scrollIntoView();
    else if (by) scrollTo(0, 0);
  }

  jump.addEventListener("change", () => {
    if (jump.value) location.hash = new URLSearchParams({ data: jump.value });
  });
  addEventListener("hashchange", () => show(true));

  return {
    asked,
    // Calls a listener with the view that is shown, now and whenever it changes.
    follow(listener) {
      listeners.push(listener);
      listener(shown());
    },
    start() {
      jump.parentElement.hidden = false;
      show(Boolean(location.hash));
    },
  };
})();

// Tables are sorted by the column whose heading is pressed: numbers from the highest, words from the first.
for (const table of document.querySelectorAll(".sortable")) {
  const heads = Array.from(table.tHead.rows[0].cells);
  const body = table.tBodies[0];
  const number = (words) => Number(words.replaceAll(",", "").replace("−", "-"));
  const cell = (row, column) => row.cells[column].textContent;

  function sort(column) {
    const head = heads[column];
    const words = Array.from(body.rows).some((row) => Number.isNaN(number(cell(row, column))));
    const first = words ? "ascending" : "descending";
    const other = words ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    for (const one of heads) one.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const compare = words
      ? (a, b) => cell(a, column).localeCompare(cell(b, column), "en")
      : (a, b) => number(cell(a, column)) - number(cell(b, column));
    body.append(...Array.from(body.rows).sort((a, b) => sign * compare(a, b)));
  }

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });
}
