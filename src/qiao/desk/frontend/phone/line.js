// The line to the house: SIP over /sip-ws with a credential of this session, calls answered, muted, keyed and ended.

import JsSIP from "jssip";
import { choose, fillDevices, microphone, onDevices, sinkOf } from "./devices.js";
import { showLevel } from "./level.js";
import { watchQuality } from "./quality.js";

const RENEW_BEFORE = 0.8;
const AGAIN = 2_000;

let words = {};
let say = () => {};
let ua = null;
let renewing = 0;
const wanted = new Set(); // contacts that were answered before they rang here
const ringing = new Map(); // contact -> session
let talking = null;
let talksIn = ""; // its contact
let shown = false; // whether the house has shown it as going on
let muted = false;
let stopWatching = () => {};

// Outside the body: nothing that is swapped can take it away.
const sound = document.createElement("audio");
sound.id = "phone-sound";
sound.autoplay = true;
document.documentElement.append(sound);

/** Sign on, and again whenever that is needed. */
export async function begin(given, saying) {
  words = given;
  say = saying;
  JsSIP.debug.disable();
  onDevices(fillDevices);
  fillDevices();
  await connect();
}

async function credential() {
  const csrf = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}")["X-CSRF-Token"];
  const headers = { "X-CSRF-Token": csrf ?? "", "X-Qiao-By-Itself": "1" };
  const answer = await fetch("/desk/phone/credential", { method: "POST", headers });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function connect() {
  clearTimeout(renewing);
  let told;
  try {
    told = await credential();
  } catch {
    say(words.away, "red");
    renewing = setTimeout(connect, AGAIN);
    return;
  }
  renewing = setTimeout(renew, told.seconds * RENEW_BEFORE * 1000);
  if (ua) {
    ua.set("ha1", told.ha1);
    return;
  }
  const address = new URL("/sip-ws", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  ua = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(address.href)],
    uri: `sip:${told.user}@${told.domain}`,
    authorization_user: told.user,
    realm: told.realm,
    ha1: told.ha1,
    register: true,
    register_expires: 90,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 4,
  });
  ua.on("registered", () => say(words.ready, "green"));
  ua.on("unregistered", () => say(words.away, "amber"));
  ua.on("disconnected", () => say(words.away, "red"));
  ua.on("registrationFailed", () => {
    say(words.away, "red");
    clearTimeout(renewing);
    renewing = setTimeout(renew, AGAIN);
  });
  ua.on("newRTCSession", ({ session }) => session.direction === "incoming" && rung(session));
  ua.start();
}

async function renew() {
  await connect();
  if (ua?.isConnected() && !ua.isRegistered()) ua.register();
}

function rung(session) {
  const header = (name) => session._request?.getHeader(name) ?? "";
  const contact = header("X-Qiao-Contact");
  const role = header("X-Qiao-Role");
  if (talking) {
    session.terminate({ status_code: 486 });
    return;
  }
  ringing.set(contact, session);
  session.on("icecandidate", (event) => event.ready()); // all we need is known at once
  session.on("peerconnection", ({ peerconnection }) => joined(session, peerconnection));
  session.on("accepted", () => up(contact, session));
  session.on("getusermediafailed", () => say(words.no_microphone, "red"));
  for (const end of ["ended", "failed"]) session.on(end, () => over(contact, session));
  // A team leader has asked for it himself; so has whoever answered before it rang here. Not at once: the library still
  // has to say that it rings.
  if (wanted.delete(contact) || role === "leader") setTimeout(() => answer(session));
}

async function answer(session) {
  if (session.isEstablished() || session._qiaoAnswered) return;
  session._qiaoAnswered = true;
  session.answer({ mediaConstraints: { audio: microphone(), video: false }, pcConfig: { iceServers: [] } });
}

function joined(session, connection) {
  connection.addEventListener("track", (event) => {
    sound.srcObject = event.streams[0] ?? new MediaStream([event.track]);
    sinkOf(sound);
    sound.play().catch(() => {});
  });
}

function up(contact, session) {
  talking = session;
  talksIn = contact;
  shown = false;
  muted = false;
  const sender = session.connection.getSenders().find((one) => one.track?.kind === "audio");
  showLevel(sender?.track ?? null);
  stopWatching = watchQuality(session.connection, words);
}

function over(contact, session) {
  ringing.delete(contact);
  if (talking !== session) return;
  talking = null;
  stopWatching();
  showLevel(null);
  sound.srcObject = null;
  refresh();
}

function refresh() {
  document.getElementById("phone-calls")?.dispatchEvent(new CustomEvent("qiao:live", { detail: { topics: null } }));
}

function mute() {
  if (!talking) return;
  muted = !muted;
  if (muted) talking.mute({ audio: true });
  else talking.unmute({ audio: true });
  showMute();
}

function showMute() {
  for (const button of document.querySelectorAll('[data-phone="mute"]')) {
    if (button.getAttribute("aria-pressed") !== String(muted)) button.setAttribute("aria-pressed", String(muted));
  }
}

// A telephone exchange that died said no goodbye; the house, which knows, shows the call no more. Else the agent would
// be busy here for every call that comes.
function hasEnded() {
  const place = document.getElementById("phone-calls");
  if (!talking || !place) return;
  const there = place.querySelector(`[data-call="${CSS.escape(talksIn)}"]`);
  if (there?.dataset.leg === "up") shown = true;
  else if (!there && shown) talking.terminate();
}

// The strip is drawn anew by the house, which does not know who is muted.
new MutationObserver(() => {
  showMute();
  hasEnded();
}).observe(document.body, { childList: true, subtree: true, attributeFilter: ["aria-pressed"] });

function answerContact(contact) {
  const session = ringing.get(contact);
  if (session) answer(session);
  else {
    wanted.add(contact);
    setTimeout(() => wanted.delete(contact), 15_000);
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-phone]");
  if (!button) return;
  if (button.dataset.phone === "mute") mute();
  if (button.dataset.phone === "answer") answerContact(button.dataset.contact);
  if (button.dataset.phone === "digit") talking?.sendDTMF(button.dataset.digit, { transportType: "RFC2833" });
  if (button.dataset.phone === "try") {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: microphone() }).catch(() => null);
    if (!stream) return say(words.no_microphone, "red");
    fillDevices();
    if (talking) return stream.getTracks().forEach((one) => one.stop());
    showLevel(stream.getAudioTracks()[0]);
    setTimeout(() => {
      if (!talking) showLevel(null);
      for (const track of stream.getTracks()) track.stop();
    }, 5_000);
  }
});

// "Answer" on an offer picks up, too: one key for both, also when the offer was quicker than the telephone.
document.addEventListener(
  "submit",
  (event) => {
    const contact = /\/desk\/contacts\/([0-9a-f-]{36})\/accept$/.exec(event.target.getAttribute?.("action") ?? "")?.[1];
    if (contact) answerContact(contact);
  },
  true,
);

document.addEventListener("change", async (event) => {
  if (event.target.id === "phone-loudspeaker") {
    choose("loudspeaker", event.target.value);
    sinkOf(sound);
  }
  if (event.target.id !== "phone-microphone") return;
  choose("microphone", event.target.value);
  const sender = talking?.connection.getSenders().find((one) => one.track?.kind === "audio");
  if (!sender) return;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: microphone() }).catch(() => null);
  if (!stream) return;
  const [track] = stream.getAudioTracks();
  track.enabled = !muted;
  sender.track.stop();
  await sender.replaceTrack(track);
  showLevel(track);
});

// Leaving the document would cut the call off: the browser asks first.
addEventListener("beforeunload", (event) => {
  if (talking) event.preventDefault();
});
