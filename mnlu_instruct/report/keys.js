"use strict";
// Keyboard shortcuts: j and k, or the arrows, go from answer to answer; / searches; ? lists the shortcuts.
{
  const dialog = document.getElementById("keys");
  const help = document.getElementById("help");
  const answers = document.getElementById("answers");

  const explain = () => {
    if (!dialog.open) dialog.showModal();
  };

  function go(step) {
    const rows = browser.list.children;
    const here = Array.prototype.indexOf.call(rows, document.activeElement.closest(".card"));
    const place = here < 0 ? 0 : here + step;
    if (place === rows.length && !browser.more.hidden) browser.next();
    const summary = rows[place]?.querySelector("summary");
    summary?.focus({ preventScroll: true });
    summary?.scrollIntoView({ block: "nearest" });
  }

  function search() {
    if (answers.hidden) location.hash = "answers";
    setTimeout(() => browser.search.focus());
  }

  const keys = { j: () => go(1), k: () => go(-1), "/": search, "?": explain };
  const arrows = { ArrowDown: keys.j, ArrowUp: keys.k };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.target.closest("input, select, textarea")) return;
    const among = event.target.closest(".card > summary");
    const act = keys[event.key] ?? (among ? arrows[event.key] : undefined);
    if (!act || (answers.hidden && (event.key === "j" || event.key === "k"))) return;
    event.preventDefault();
    act();
  });
  help.addEventListener("click", explain);
  help.hidden = false;
}
