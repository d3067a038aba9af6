// How loud one is, ten times a second, while there is a microphone.

let timer = 0;
let context = null;

/** Show the level of a track; null hides it. */
export function showLevel(track) {
  clearInterval(timer);
  context?.close();
  context = null;
  const place = () => document.getElementById("phone-level");
  if (place()) place().hidden = !track;
  if (!track) return;
  context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  timer = setInterval(() => {
    const meter = place();
    if (!meter) return;
    analyser.getFloatTimeDomainData(wave);
    const power = Math.sqrt(wave.reduce((sum, one) => sum + one * one, 0) / wave.length);
    meter.value = Math.min(1, power * 4);
  }, 100);
}
