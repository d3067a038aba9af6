// How loud one is, ten times a second, while there is a microphone.

const QUIETEST = -54; // dB below the loudest there is: a silent room
const LOUD = -6;
let timer = 0;
let context = null;

/** Show the level of a track; null hides it. */
export function showLevel(track) {
  clearInterval(timer);
  context?.close();
  context = null;
  const places = () => document.querySelectorAll("[data-phone-level]");
  for (const place of places()) {
    place.hidden = !track;
    place.value = 0;
  }
  if (!track) return;
  context = new AudioContext();
  context.resume(); // a page that nobody has touched begins with it asleep
  const analyser = context.createAnalyser();
  analyser.fftSize = 4096; // 85 ms at 48 kHz: a look each 100 ms misses next to nothing
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  timer = setInterval(() => {
    analyser.getFloatTimeDomainData(wave);
    const power = wave.reduce((sum, one) => sum + one * one, 0) / wave.length;
    const loud = (10 * Math.log10(power + 1e-12) - QUIETEST) / (LOUD - QUIETEST);
    for (const place of places()) place.value = Math.min(1, Math.max(0, loud));
  }, 100);
}
