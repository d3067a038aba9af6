// What a line is like, by what was measured of it. Pure: quality.js measures and shows.
//
// R after ITU-T G.107 (the E-model, shortened as by Cole and Rosenbluth, 2001) for G.711 with concealed losses (G.113,
// appendix I: Ie 0, Bpl 25.1). G.107, annex B: from 80 people are satisfied, below 70 many are not.

const BEST = 93.2;
const CODEC_SECONDS = 0.02;
const SATISFIED = 80;
const MANY_ARE_NOT = 70;

/** So many seconds count; fewer and a single lost packet makes a verdict. */
export const SPAN = 8;
/** From so many seconds without any packet on, nothing is heard. */
export const SILENT = 4;

/** R of one way, at most 93.2: `lost` a share; `jitter` and `roundTrip` in seconds. */
export function rating({ lost, jitter, roundTrip }) {
  const delay = (roundTrip / 2 + 2 * jitter + CODEC_SECONDS) * 1000;
  const late = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0);
  const percent = Math.min(Math.max(lost, 0), 1) * 100;
  return BEST - late - (95 * percent) / (percent + 25.1);
}

/** What is measured over a span: `shots` oldest first, `at` in seconds; counts grow, the rest is of that moment. */
export function figures(shots) {
  const [first, last] = [shots[0], shots.at(-1)];
  const arrived = last.received - first.received;
  const lost = Math.max(0, last.lost - first.lost);
  const quiet = shots.find((one) => one.received === last.received);
  return {
    heard: { lost: arrived + lost > 0 ? lost / (arrived + lost) : 0, jitter: last.jitter, roundTrip: last.roundTrip },
    spoken: { lost: last.theirLost, jitter: last.theirJitter, roundTrip: last.roundTrip },
    silence: last.at - quiet.at,
  };
}

/** "silent", "good", "fair", or the way that is poor: "heard" (he hears them badly) or "spoken" (they him). */
export function judge({ heard, spoken, silence }) {
  if (silence >= SILENT) return "silent";
  const ways = { heard: rating(heard), spoken: rating(spoken) };
  const worse = ways.spoken < ways.heard ? "spoken" : "heard";
  if (ways[worse] < MANY_ARE_NOT) return worse;
  return ways[worse] < SATISFIED ? "fair" : "good";
}
