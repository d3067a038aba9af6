// The agent's telephone. It stands through the whole shift: pages are exchanged around it (one-document.js), and its
// sound hangs outside everything that is ever swapped. The big part, SIP itself, is fetched once the strip is there.

import { onAppear } from "qiao-ui/shell/appear.js";
import "./phone/one-document.js";
import "./phone/phrases.js";

const TAB = "qiao-phone";
let began = false;

onAppear("#phone", (strip) => {
  if (began) return;
  began = true;
  const words = JSON.parse(strip.dataset.words);
  say(words.connecting, "grey");
  let mine = false;
  // Ten tabs, one telephone: whoever has the lock has it, and the next tab gets it when this one goes.
  navigator.locks.request(TAB, () => {
    mine = true;
    import("./phone/line.js").then(({ begin }) => begin(words, say));
    return new Promise(() => {});
  });
  setTimeout(() => mine || say(words.elsewhere, "grey"), 500);
});

/** What the strip says of the line. */
function say(text, tone) {
  const place = document.getElementById("phone-state");
  if (!place) return;
  place.textContent = text;
  place.dataset.tone = tone;
}
