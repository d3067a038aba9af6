// The line to the house: SIP over /sip-ws with a credential of this session, calls answered, muted, keyed and ended.

import JsSIP from "jssip";
import { choose, sinkOf } from "./devices.js";
import { showLevel } from "./level.js";
import { closeMicrophone, lookAnew, lookAtMicrophone, open, openForCall, speakThrough, watchMicrophone } from "./microphone.js";
import { atTelephone, followPickedUp, onPlace } from "./place.js";
import { watchQuality } from "./quality.js";
import { HouseSocket } from "./socket.js";
import { say, warn } from "./strip.js";

const RENEW_BEFORE = 0.8;
const AGAIN = 2_000;
const ZOMBIE = 1_500; // the house tells the strip and the telephone by two ways; the one may be a moment later
const OUT_OF_ORDER = 'Reason: Q.850;cause=27;text="page left"';

let ua = null;
let renewing = 0;
const wanted = new Set(); // contacts that were answered before they rang here
const ringing = new Map(); // contact -> session
let talk = null; // {session, contact, muted, shown, ending}
let quality = null;

// Outside the body: nothing that is swapped can take it away.
const sound = document.createElement("audio");
sound.id = "phone-sound";
sound.autoplay = true;
document.documentElement.append(sound);

/** Sign on, and again whenever that is needed. */
export async function begin() {
  JsSIP.debug.disable();
  followPickedUp();
  onPlace(stand);
  await stand();
}

/** Be his telephone, unless another one is: then no microphone is asked for, and nothing is said of one. */
async function stand() {
  if (atTelephone()) {
    warn("");
    return showLine();
  }
  if (ua) {
    lookAnew();
    return showLine();
  }
  watchMicrophone();
  await connect();
}

async function credential() {
  const csrf = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}")["X-CSRF-Token"];
  const headers = { "X-CSRF-Token": csrf ?? "", "X-Qiao-By-Itself": "1" };
  const answer = await fetch("/desk/phone/credential", { method: "POST", headers });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** How the line stands. RTP goes its own way: a talk goes on while the line is away. */
function showLine() {
  if (atTelephone() && !talk) say("telephone", "green");
  else if (ua?.isRegistered()) say("ready", "green");
  else say(talk ? "away_talking" : "away", "red");
}

async function connect() {
  clearTimeout(renewing);
  let told;
  try {
    told = await credential();
  } catch {
    showLine();
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
    sockets: [new HouseSocket(address.href)],
    uri: `sip:${told.user}@${told.domain}`,
    // By his own name also where he ends a call that came to him: the house lets nothing else through.
    contact_uri: `sip:${told.user}@${crypto.randomUUID()}.invalid;transport=ws`,
    authorization_user: told.user,
    realm: told.realm,
    ha1: told.ha1,
    register: true,
    register_expires: 90,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 4,
  });
  for (const change of ["registered", "unregistered", "disconnected"]) ua.on(change, showLine);
  ua.on("registrationFailed", () => {
    showLine();
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

async function rung(session) {
  const header = (name) => session._request?.getHeader(name) ?? "";
  const contact = header("X-Qiao-Contact");
  const role = header("X-Qiao-Role");
  if (talk) {
    session.terminate({ status_code: 486 });
    return;
  }
  ringing.set(contact, session);
  session.on("icecandidate", (event) => event.ready()); // all we need is known at once
  session.on("peerconnection", ({ peerconnection }) => joined(peerconnection));
  session.on("accepted", () => up(contact, session));
  for (const end of ["ended", "failed"]) session.on(end, () => over(contact, session));
  // Whom nobody could hear is no help to the customer: a colleague gets the call at once.
  if (!(await lookAtMicrophone())) return passOn(session);
  // A team leader has asked for it himself; so has whoever answered before it rang here. Not at once: the library still
  // has to say that it rings.
  if (wanted.delete(contact) || role === "leader") setTimeout(() => answer(session));
}

/** A colleague is to have this call. */
async function passOn(session) {
  if (!session.isEnded()) session.terminate({ status_code: 480 });
  warn((await lookAtMicrophone()) ? "microphone_busy" : "passed_on");
}

async function answer(session) {
  if (session.isEstablished() || session.isEnded() || session._qiaoAnswered) return;
  session._qiaoAnswered = true;
  const mediaStream = await openForCall();
  if (!mediaStream) return passOn(session);
  if (session.isEnded()) return closeMicrophone();
  session.answer({ mediaStream, pcConfig: { iceServers: [] } });
}

function joined(connection) {
  connection.addEventListener("track", (event) => {
    sound.srcObject = event.streams[0] ?? new MediaStream([event.track]);
    sinkOf(sound);
    sound.play().catch(() => {});
  });
}

const sender = () => talk?.session.connection?.getSenders().find((one) => one.track?.kind === "audio");

function up(contact, session) {
  talk = { session, contact, muted: false, shown: false, ending: 0 };
  speaking(sender()?.track ?? null);
  quality = watchQuality(session.connection);
  agree();
}

/** This is the track that others hear. */
function speaking(track) {
  showLevel(track);
  track?.addEventListener("ended", () => sender()?.track === track && change()); // it was unplugged: another one, then
}

async function change() {
  if (!talk) return;
  const track = await speakThrough(sender());
  if (!talk) return closeMicrophone();
  if (!track) return;
  track.enabled = !talk.muted;
  speaking(track);
}

function over(contact, session) {
  if (ringing.get(contact) === session) ringing.delete(contact);
  if (session._qiaoAnswered) closeMicrophone();
  if (talk?.session !== session) return;
  clearTimeout(talk.ending);
  talk = null;
  quality?.stop();
  showLevel(null);
  sound.srcObject = null;
  showLine();
  document.getElementById("phone-calls")?.dispatchEvent(new CustomEvent("qiao:live", { detail: { topics: null } }));
}

function mute() {
  if (!talk) return;
  talk.muted = !talk.muted;
  if (talk.muted) talk.session.mute({ audio: true });
  else talk.session.unmute({ audio: true });
  agree();
}

/** The strip is drawn anew by the house: it does not know who is muted, and we do not know which calls go on. */
function agree() {
  for (const button of document.querySelectorAll('[data-phone="mute"]')) {
    const pressed = String(talk?.muted ?? false);
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  }
  if (!talk) return;
  quality?.look();
  const stands = document.querySelector(`[data-call="${CSS.escape(talk.contact)}"]`) !== null;
  if (stands) {
    talk.shown = true;
    clearTimeout(talk.ending);
    talk.ending = 0;
  } else if (talk.shown && !talk.ending) {
    // Its end may have been told to a line that was away just then.
    const { session } = talk;
    talk.ending = setTimeout(() => session.isEnded() || session.terminate(), ZOMBIE);
  }
}

new MutationObserver(agree).observe(document.body, { childList: true, subtree: true, attributeFilter: ["aria-pressed"] });

function answerContact(contact) {
  const session = ringing.get(contact);
  if (session) answer(session);
  else {
    wanted.add(contact);
    setTimeout(() => wanted.delete(contact), 15_000);
  }
}

async function tryMicrophone() {
  const stream = await open();
  if (!stream) return;
  const stop = () => stream.getTracks().forEach((one) => one.stop());
  if (talk) return stop();
  showLevel(stream.getAudioTracks()[0]);
  setTimeout(() => {
    if (!talk) showLevel(null);
    stop();
  }, 5_000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-phone]");
  if (!button) return;
  if (button.dataset.phone === "mute") mute();
  if (button.dataset.phone === "answer") answerContact(button.dataset.contact);
  if (button.dataset.phone === "digit") talk?.session.sendDTMF(button.dataset.digit, { transportType: "RFC2833" });
  if (button.dataset.phone === "try") tryMicrophone();
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

document.addEventListener("change", (event) => {
  const kind = { "phone-loudspeaker": "loudspeaker", "phone-microphone": "microphone" }[event.target.id];
  if (!kind) return;
  choose(kind, event.target.value, event.target.selectedOptions[0]?.text ?? "");
  if (kind === "loudspeaker") sinkOf(sound);
  else if (talk) change();
});

// Leaving the document would cut the call off: the browser asks first.
addEventListener("beforeunload", (event) => {
  if (talk) event.preventDefault();
});

// Gone all the same: the customer need not wait until his silence tells, nor a call ring where nobody is.
addEventListener("pagehide", () => {
  for (const session of ringing.values()) {
    if (!session.isEstablished() && !session.isEnded()) session.terminate({ status_code: 480 });
  }
  if (talk && !talk.session.isEnded()) talk.session.terminate({ extraHeaders: [OUT_OF_ORDER] });
});
