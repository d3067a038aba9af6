// Which microphone and loudspeaker: kept in this browser, offered by name once the browser has let us know them.

const KEPT = "qiao.phone.";

function kept(kind) {
  try {
    return localStorage.getItem(KEPT + kind) ?? "";
  } catch {
    return "";
  }
}

/** Keep a choice; "" is whatever the computer says. */
export function choose(kind, id) {
  try {
    localStorage.setItem(KEPT + kind, id);
  } catch {
    // then it holds for this page only
  }
}

/** What to ask the browser for. */
export function microphone() {
  const id = kept("microphone");
  const wishes = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return id ? { ...wishes, deviceId: { ideal: id } } : wishes;
}

/** Have the sound come out where it was chosen. */
export function sinkOf(audio) {
  audio.setSinkId?.(kept("loudspeaker")).catch(() => {});
}

/** Whenever something is plugged in or out. */
export function onDevices(does) {
  navigator.mediaDevices?.addEventListener("devicechange", does);
}

export async function fillDevices() {
  const found = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  const words = JSON.parse(document.getElementById("phone")?.dataset.words ?? "{}");
  for (const [kind, place] of [["audioinput", "microphone"], ["audiooutput", "loudspeaker"]]) {
    const list = document.getElementById(`phone-${place}`);
    if (!list) continue;
    const options = [["", words.default]];
    for (const one of found) {
      if (one.kind === kind && one.deviceId && one.deviceId !== "default") options.push([one.deviceId, one.label || one.deviceId.slice(0, 8)]);
    }
    list.replaceChildren(...options.map(([id, name]) => new Option(name, id, false, id === kept(place))));
  }
}
