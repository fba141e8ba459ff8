"use strict";
// The theme's script puts wide tables into boxes that scroll; whoever has no mouse must be able to reach them.
new MutationObserver(() => {
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "table");
  }
}).observe(document.documentElement, { childList: true, subtree: true });
