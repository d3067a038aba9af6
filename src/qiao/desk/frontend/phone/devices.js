// Which microphone and loudspeaker: kept in this browser with its name, offered by name once the browser has let us know.

import { word } from "./strip.js";

const KEPT = "qiao.phone.";

/** What was chosen of this kind ("microphone", "loudspeaker"), as {id, name}; id "" is whatever the computer says. */
export function chosen(kind) {
  try {
    return { id: "", name: "", ...JSON.parse(localStorage.getItem(KEPT + kind) ?? "{}") };
  } catch {
    return { id: "", name: "" };
  }
}

/** Keep a choice. */
export function choose(kind, id, name) {
  try {
    localStorage.setItem(KEPT + kind, JSON.stringify(id ? { id, name } : {}));
  } catch {
    // then it holds for this page only
  }
}

/** Have the sound come out where it was chosen; where that is not plugged in, where the computer says. */
export async function sinkOf(audio) {
  try {
    await audio.setSinkId?.(chosen("loudspeaker").id);
  } catch {
    await audio.setSinkId?.("").catch(() => {});
  }
}

/** The inputs or outputs that there are; before he has allowed the microphone they have no names. */
export async function found(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return all.filter((one) => one.kind === kind);
}

/** Fill both lists anew. */
export async function fillDevices() {
  for (const [kind, place] of [["audioinput", "microphone"], ["audiooutput", "loudspeaker"]]) {
    const there = (await found(kind)).filter((one) => one.deviceId && one.deviceId !== "default");
    const list = document.getElementById(`phone-${place}`);
    if (!list) continue;
    const kept = chosen(place);
    const options = [new Option(word("default"), "")];
    for (const one of there) options.push(new Option(one.label || one.deviceId.slice(0, 8), one.deviceId));
    if (kept.id && !there.some((one) => one.deviceId === kept.id)) {
      options.push(new Option(word("unplugged", kept.name), kept.id));
    }
    for (const option of options) option.selected = option.defaultSelected = option.value === kept.id;
    list.replaceChildren(...options);
  }
}
