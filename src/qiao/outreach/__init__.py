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
from qiao.outreach.campaigns import (
    CAMPAIGNS_RIGHT,
    CampaignCodeChangedMeanwhile,
    CampaignCodeTaken,
    campaign_behind,
    campaign_code,
    campaign_codes,
    keep_code,
    live_codes,
    note_answer,
)
from qiao.outreach.consenting import choose_zone, consent_of, set_consent, start, stop, zone_chosen_by
from qiao.outreach.events import (
    CallbackDone,
    CallbackDue,
    CallbackMissed,
    CallbackPromised,
    CallbackTried,
    CallbackWithdrawn,
    CampaignAnswered,
    ConsentChanged,
    NoticeSettled,
    TemplateKept,
)
from qiao.outreach.model import CHANNELS, CHOSEN, PURPOSES, REASONS, Purpose, zone_of
from qiao.outreach.model_callbacks import STATES, Attempt, Callback
from qiao.outreach.model_campaigns import CampaignCode, live_code
from qiao.outreach.model_templates import Template
from qiao.outreach.notifying import EMERGENCY_RIGHT, Notice, notices_about, notify
from qiao.outreach.templates import TemplateChangedMeanwhile, keep_template, previews, template, templates

__all__ = [
    "CAMPAIGNS_RIGHT",
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
    "CampaignAnswered",
    "CampaignCode",
    "CampaignCodeChangedMeanwhile",
    "CampaignCodeTaken",
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
    "campaign_behind",
    "campaign_code",
    "campaign_codes",
    "choose_zone",
    "consent_of",
    "hear_text",
    "keep_code",
    "keep_template",
    "live_code",
    "live_codes",
    "note_answer",
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
