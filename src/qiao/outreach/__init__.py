"""Outreach: what may be sent to a customer, when and why; and the calls he is owed."""

from qiao.outreach.answering import hear_text, talks_with
from qiao.outreach.callback_rows import (
    callback,
    callback_of_contact,
    callbacks_about,
    callbacks_of,
    callbacks_owed,
)
from qiao.outreach.calling import (
    CallbackIsOver,
    DeskClosedThen,
    promise_callback,
    try_now,
    withdraw_callback,
)
from qiao.outreach.consenting import choose_zone, consent_of, set_consent, start, stop, zone_chosen_by
from qiao.outreach.events import (
    CallbackDone,
    CallbackDue,
    CallbackMissed,
    CallbackPromised,
    CallbackTried,
    CallbackWithdrawn,
    ConsentChanged,
    NoticeSettled,
    TemplateKept,
)
from qiao.outreach.model import CHANNELS, CHOSEN, PURPOSES, REASONS, Purpose, zone_of
from qiao.outreach.model_callbacks import STATES, Attempt, Callback
from qiao.outreach.model_templates import Template
from qiao.outreach.notifying import EMERGENCY_RIGHT, Notice, notices_about, notify
from qiao.outreach.templates import TemplateChangedMeanwhile, keep_template, previews, template, templates

__all__ = [
    "CHANNELS",
    "CHOSEN",
    "EMERGENCY_RIGHT",
    "PURPOSES",
    "REASONS",
    "STATES",
    "Attempt",
    "Callback",
    "CallbackDone",
    "CallbackDue",
    "CallbackIsOver",
    "CallbackMissed",
    "CallbackPromised",
    "CallbackTried",
    "CallbackWithdrawn",
    "ConsentChanged",
    "DeskClosedThen",
    "Notice",
    "NoticeSettled",
    "Purpose",
    "Template",
    "TemplateChangedMeanwhile",
    "TemplateKept",
    "callback",
    "callback_of_contact",
    "callbacks_about",
    "callbacks_of",
    "callbacks_owed",
    "choose_zone",
    "consent_of",
    "hear_text",
    "keep_template",
    "notices_about",
    "notify",
    "previews",
    "promise_callback",
    "set_consent",
    "start",
    "stop",
    "talks_with",
    "template",
    "templates",
    "try_now",
    "withdraw_callback",
    "zone_chosen_by",
    "zone_of",
]
