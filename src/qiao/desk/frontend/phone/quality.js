// How good the line is, both ways, while a call goes on: a word and bars in the strip, figures behind the gear.

import { SPAN, figures, judge } from "./judging.js";
import { put, word } from "./strip.js";

const EVERY = 2_000;
const TONES = { good: "green", fair: "amber", heard: "red", spoken: "red", silent: "red" };

const SETTLES = 2_000; // who comes or goes makes Asterisk leave numbers out, which are no losses

/** Watch a connection. Returns `stop`, and `look` for whenever the strip may have changed. */
export function watchQuality(connection) {
  let shots = [];
  let from = 0;
  let heard = "";
  const look = () => {
    const now = document.querySelector(".phone-call[data-heard]")?.dataset.heard ?? null;
    if (now === heard) return;
    heard = now;
    shots = [];
    from = performance.now() + SETTLES;
    // Where nobody else is to be heard, nothing comes and nothing is missing.
    if (heard === null) show("", null);
  };
  const timer = setInterval(async () => {
    look();
    if (heard === null || performance.now() < from) return;
    const [mine, one] = [shots, await shot(connection)];
    if (mine !== shots) return;
    shots.push(one);
    while (one.at - shots[0].at > SPAN) shots.shift();
    if (shots.length < 2) return;
    const found = figures(shots);
    show(judge(found), found);
  }, EVERY);
  const stop = () => {
    clearInterval(timer);
    show("", null);
  };
  return { stop, look };
}

async function shot(connection) {
  const now = { at: performance.now() / 1000, received: 0, lost: 0, jitter: 0, roundTrip: 0, theirLost: 0, theirJitter: 0 };
  for (const one of (await connection.getStats()).values()) {
    if (one.type === "inbound-rtp") {
      now.received = one.packetsReceived;
      now.lost = one.packetsLost + (one.packetsDiscarded ?? 0);
      now.jitter = one.jitter ?? 0;
    }
    if (one.type === "remote-inbound-rtp") {
      now.theirLost = one.fractionLost ?? 0;
      now.theirJitter = one.jitter ?? 0;
    }
    if (one.type === "candidate-pair" && one.nominated) now.roundTrip = one.currentRoundTripTime ?? 0;
  }
  return now;
}

function show(verdict, found) {
  const place = document.getElementById("phone-quality");
  if (!place) return;
  place.hidden = !verdict;
  place.dataset.quality = verdict;
  put("phone-quality-word", verdict ? word(`line_${verdict}`) : "", TONES[verdict]);
  const told = document.getElementById("phone-figures");
  if (told) told.hidden = !verdict;
  if (!verdict) return;
  put("phone-lost", `${percent(found.heard.lost)} · ${percent(found.spoken.lost)}`);
  put("phone-jitter", `${milliseconds(found.heard.jitter)} · ${milliseconds(found.spoken.jitter)}`);
  put("phone-delay", milliseconds(found.heard.roundTrip));
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;
const milliseconds = (seconds) => `${Math.round(seconds * 1000)} ms`;
