"use strict";
// Paper can't be unfolded, so everything but prompts is unfolded; what has to be loaded first stays folded.
{
  let folded = [];
  addEventListener("beforeprint", () => {
    browser.fill();
    folded = Array.from(document.querySelectorAll("details:not([open], .prompt)")).filter(
      (one) => !one.classList.contains("card") || one.childElementCount > 1,
    );
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
}
