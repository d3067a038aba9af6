// The house's clock as the browser knows it: what the page was told, plus what has passed since. The machine's own
// clock may be wrong, and the demo's may be moved, so it is never asked.

import { meta } from "./words.js";

let told = Date.parse(meta("qiao-now")) || Date.now();
let toldAt = performance.now();
const listeners = new Set();

/** The instant it is now in the house, in milliseconds since 1970. */
export function now() {
  return told + performance.now() - toldAt;
}

/** Take over an instant that the server has just sent. */
export function adjust(instant) {
  const heard = Date.parse(instant);
  if (!heard) return;
  const moved = Math.abs(heard - now()) > 2000;
  told = heard;
  toldAt = performance.now();
  if (moved) for (const does of listeners) does();
}

/** Call `does()` when the clock was moved by more than two seconds. */
export function onMoved(does) {
  listeners.add(does);
}
