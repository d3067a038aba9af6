// The microphone: whether there is one that may be heard, and the one that is open.

import { chosen, fillDevices, found } from "./devices.js";
import { warn } from "./strip.js";

let stands = "there";
let looks = 0; // a look that was overtaken by a later one says nothing
let opened = null; // what others hear in a call

/** Whether he can be heard: "there"; "ask": the browser will ask him; "refused"; "absent". */
export async function microphoneStands() {
  if (!navigator.mediaDevices) return "refused"; // the page came over an address that is not secure
  // Read last and once: it changes under us while the devices are counted.
  const inputs = await found("audioinput");
  const state = (await navigator.permissions?.query({ name: "microphone" }).catch(() => null))?.state;
  if (state === "denied") return "refused";
  if (!inputs.length) return "absent";
  return state === "prompt" ? "ask" : "there";
}

/** Look, and say in the strip what is in the way. Returns whether he could be heard. */
export async function lookAtMicrophone() {
  const turn = ++looks;
  const now = await microphoneStands();
  if (turn === looks) {
    if (now !== stands) warn(now === "there" ? "" : `microphone_${now}`);
    stands = now;
    fillDevices();
  }
  return now === "there" || now === "ask";
}

/** Look again as for the first time: what was said of it may have been taken away. */
export function lookAnew() {
  stands = "there";
  return lookAtMicrophone();
}

/** Look now, and whenever something is plugged in or out, allowed or refused. */
export async function watchMicrophone() {
  navigator.mediaDevices?.addEventListener("devicechange", lookAtMicrophone);
  const permission = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
  permission?.addEventListener("change", lookAtMicrophone);
  await lookAtMicrophone();
}

const WISHES = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Open what was chosen, for a try or for a call; null, and said so, when the browser gives none. */
export async function open() {
  const { id, name } = chosen("microphone");
  // Exactly that one: browsers take a mere wish for one they need not grant.
  const stream = (id && (await ask({ ...WISHES, deviceId: { exact: id } }))) || (await ask(WISHES));
  if (!(await lookAtMicrophone())) return null;
  if (!stream) warn("microphone_busy");
  else warn(id && stream.getAudioTracks()[0].getSettings().deviceId !== id ? "microphone_other" : "", name);
  return stream;
}

async function ask(audio) {
  return (await navigator.mediaDevices?.getUserMedia({ audio }).catch(() => null)) ?? null;
}

/** Open it for a call: as long as that goes on others hear it. */
export async function openForCall() {
  const stream = await open();
  if (stream) keep(stream);
  return stream;
}

/** Have others hear the microphone that is chosen now, once it is enabled; the one before goes on until then. */
export async function speakThrough(sender) {
  const stream = await open();
  if (!stream) return null;
  const [track] = stream.getAudioTracks();
  track.enabled = false;
  await sender.replaceTrack(track);
  keep(stream);
  return track;
}

function keep(stream) {
  closeMicrophone();
  opened = stream;
}

/** Nobody hears it any more. */
export function closeMicrophone() {
  for (const track of opened?.getTracks() ?? []) track.stop();
  opened = null;
}
