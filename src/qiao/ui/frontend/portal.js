// What customer pages and cards need; every page works without it too.

import "./shell/page.js";
