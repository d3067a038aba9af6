// How good the line is, both ways, while a call goes on: a word and bars in the strip, figures behind the gear.

import { SPAN, figures, judge } from "./judging.js";
import { put, word } from "./strip.js";

const EVERY = 2_000;
const TONES = { good: "green", fair: "amber", heard: "red", spoken: "red", silent: "red" };

/** Watch a connection; returns what ends that. */
export function watchQuality(connection) {
  let shots = [];
  const timer = setInterval(async () => {
    shots.push(await shot(connection));
    shots = shots.filter((one) => one.at >= shots.at(-1).at - SPAN);
    if (shots.length < 2) return;
    const found = figures(shots);
    // Where nobody else is to be heard, nothing comes and nothing is missing.
    if (!document.querySelector(".phone-call[data-heard]")) found.silence = 0;
    show(judge(found), found);
  }, EVERY);
  return () => {
    clearInterval(timer);
    show("", null);
  };
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
