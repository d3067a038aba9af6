// The socket to the house. It asks for a sign of life each few seconds (sip_socket.py), so a line that died without a
// word is noticed by its silence; the library then comes back by itself.

import JsSIP from "jssip";

const SILENT = 13_000; // three times asked and once more
const LOOK = 1_000;

export class HouseSocket extends JsSIP.WebSocketInterface {
  heardAt = 0;

  connect() {
    this.heardAt = performance.now();
    this.looking ??= setInterval(() => this.look(), LOOK);
    super.connect();
  }

  _onMessage(event) {
    this.heardAt = performance.now();
    super._onMessage(event);
  }

  /** Give up a socket that says nothing, or never opens. */
  look() {
    if (performance.now() - this.heardAt < SILENT || !(this.isConnected() || this.isConnecting())) return;
    this.disconnect();
    this.ondisconnect(true, 0, "silent");
  }
}
