// The agent's telephone. It stands through the whole shift: pages are exchanged around it (one-document.js), and its
// sound hangs outside everything that is ever swapped. The big part, SIP itself, is fetched once the strip is there.

import { onAppear } from "qiao-ui/shell/appear.js";
import "./phone/one-document.js";
import "./phone/phrases.js";
import { say } from "./phone/strip.js";

const TAB = "qiao-phone";
let began = false;

onAppear("#phone", () => {
  if (began) return;
  began = true;
  say("connecting", "grey");
  let mine = false;
  // Ten tabs, one telephone: whoever has the lock has it, and the next tab gets it when this one goes.
  navigator.locks.request(TAB, () => {
    mine = true;
    import("./phone/line.js").then(({ begin }) => begin());
    return new Promise(() => {});
  });
  setTimeout(() => mine || say("elsewhere", "grey"), 500);
});
