// One polite live region for the whole page. Streaming speaks twice, at the evidence and at the end, never at every sentence.

let timer = 0;

/** Say a short text to screen readers once; a newer one replaces one not yet said. */
export function announce(text) {
  const region = document.getElementById("announcer");
  region.textContent = "";
  window.clearTimeout(timer);
  timer = window.setTimeout(() => {
    region.textContent = text; // a change after a pause is what makes every reader speak
  }, 120);
}
