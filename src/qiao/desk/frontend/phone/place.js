// Where this agent's calls ring: here, or at his SIP telephone. The house says so in the strip, and it may change.

import { go } from "./one-document.js";

/** Whether it is his SIP telephone that rings. */
export const atTelephone = () => document.getElementById("phone-place")?.dataset.place === "telephone";

/** Tell whenever that has changed. */
export function onPlace(told) {
  let was = atTelephone();
  new MutationObserver(() => {
    const now = atTelephone();
    if (now === was) return;
    was = now;
    told(now);
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-place"] });
}

/** Open a contact once its call is picked up at the telephone, as "Answer" does here. */
export function followPickedUp() {
  const rung = new Set();
  new MutationObserver(() => {
    for (const call of document.querySelectorAll('.phone-call[data-role="agent"]')) {
      const contact = call.dataset.call;
      if (call.dataset.leg === "ringing") rung.add(contact);
      else if ("taken" in call.dataset && rung.delete(contact) && atTelephone()) go(`/desk/contacts/${contact}`);
    }
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-leg", "data-taken"] });
}
