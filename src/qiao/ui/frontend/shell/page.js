// What desk and portal share.

import "htmx.org";
import "./dialogs.js";
import "./drafts.js";
import "./forms.js";
import "./returning.js";
import "./stream.js";
import "./theme.js";
import "./times.js";
import "./toasts.js";
