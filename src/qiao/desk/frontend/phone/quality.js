// How good the line is: what was lost of the last seconds, and how long a word takes.
// Limits after ITU-T G.107/G.113: from 3 % loss or 300 ms round trip people notice, from 8 % or 500 ms they complain.

const EVERY = 2_000;

export function rate({ lost, roundTrip }) {
  if (lost > 0.08 || roundTrip > 0.5) return "poor";
  return lost > 0.03 || roundTrip > 0.3 ? "fair" : "good";
}

/** Watch a connection and say what it is like; returns what ends that. */
export function watchQuality(connection, words) {
  let before = { received: 0, lost: 0 };
  const timer = setInterval(async () => {
    const now = { received: 0, lost: 0, roundTrip: 0 };
    for (const one of (await connection.getStats()).values()) {
      if (one.type === "inbound-rtp") Object.assign(now, { received: one.packetsReceived, lost: one.packetsLost });
      if (one.type === "candidate-pair" && one.nominated) now.roundTrip = one.currentRoundTripTime ?? 0;
    }
    const lost = now.lost - before.lost;
    const all = now.received - before.received + lost;
    before = now;
    show(rate({ lost: all > 0 ? lost / all : 0, roundTrip: now.roundTrip }), words);
  }, EVERY);
  return () => {
    clearInterval(timer);
    show("", words);
  };
}

function show(found, words) {
  const place = document.getElementById("phone-quality");
  if (!place) return;
  place.hidden = !found;
  place.textContent = words[found] ?? "";
  place.dataset.tone = { good: "green", fair: "amber", poor: "red" }[found] ?? "grey";
}
