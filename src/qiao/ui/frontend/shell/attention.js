// What needs the agent now (.offer or [data-calls]) is the only thing that sounds: once, in one tab, and in the title.

import { onAppear, onChange } from "./appear.js";

const CALLS = ".offer, [data-calls]";
let title = document.title;
let sound = null;

// Browsers let a page sound only after somebody has touched it.
document.addEventListener("pointerdown", () => (sound ??= new AudioContext()), { once: true });
document.addEventListener("keydown", () => (sound ??= new AudioContext()), { once: true });

function ring() {
  if (!sound) return;
  for (const [after, pitch] of [[0, 660], [0.18, 880]]) {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    const begin = sound.currentTime + after;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, begin);
    volume.gain.exponentialRampToValueAtTime(0.12, begin + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + 0.3);
    tone.connect(volume).connect(sound.destination);
    tone.start(begin);
    tone.stop(begin + 0.32);
  }
}

const rung = new Set();
onAppear(CALLS, (call) => {
  if (rung.has(call.id)) return;
  rung.add(call.id);
  // Ten tabs, one bell: whoever gets the lock rings and holds it until the others have seen the call too.
  const hold = () => new Promise((done) => setTimeout(done, 2_500));
  navigator.locks?.request("qiao-bell", { ifAvailable: true }, (lock) => {
    if (!lock) return null;
    ring();
    return hold();
  });
});

onChange(() => {
  const calls = document.querySelectorAll(CALLS).length;
  if (!document.title.startsWith("● ")) title = document.title;
  const wanted = calls ? `● ${title}` : title;
  if (document.title !== wanted) document.title = wanted;
});
