// Everything a desk page needs; rooms may add modules of their own in their frontend folders.

import "./shell/page.js";
import "./shell/attention.js";
import "./shell/lists.js";
import "./shell/palette.js";
import "./shell/shortcuts.js";
