// Small parts of the chat component: elements, icons, and what the browser remembers.

export class Keeper {
  // What this browser remembers for one site: token, place in the conversation, draft, unsent messages.
  constructor(name) {
    this.name = `qiao-chat:${name}`;
    this.memory = {};
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.name)) ?? {};
    } catch {
      return this.memory; // storage is forbidden or broken: remember for this page only
    }
  }

  get(key) {
    return this.read()[key];
  }

  set(key, value) {
    const whole = { ...this.read(), [key]: value };
    this.memory = whole;
    try {
      localStorage.setItem(this.name, JSON.stringify(whole));
    } catch {
      // kept in memory above
    }
  }
}

export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element && key !== "role") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

export function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  close: "M6 9l6 6 6-6",
  send: "M4 12l16-8-6 16-3-6z",
  attach: "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l8-8",
};
