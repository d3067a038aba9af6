"""Self-service: one flow engine; text, SMS, chat, form and agent's script are renderings of it."""

from qiao.selfservice.actions import Asked, Done, FlowAction, register_flow_action
from qiao.selfservice.built_in import FlowsIncomplete, built_in, built_in_texts, checked
from qiao.selfservice.dialogues import OUTCOMES, play
from qiao.selfservice.model import resume
from qiao.selfservice.model_flow import Flow
from qiao.selfservice.model_guided import answer_seen
from qiao.selfservice.model_session import (
    Answered,
    Begin,
    Effect,
    Input,
    Learned,
    Option,
    Output,
    Session,
    Told,
    Tried,
    Turn,
    Wanted,
    begin,
)
from qiao.selfservice.model_text import FlowProblem, read_tree
from qiao.selfservice.rendering import ChatMessage, Form, Script, as_chat, as_form, as_script, as_sms, as_text

__all__ = [
    "OUTCOMES",
    "Answered",
    "Asked",
    "Begin",
    "ChatMessage",
    "Done",
    "Effect",
    "Flow",
    "FlowAction",
    "FlowProblem",
    "FlowsIncomplete",
    "Form",
    "Input",
    "Learned",
    "Option",
    "Output",
    "Script",
    "Session",
    "Told",
    "Tried",
    "Turn",
    "Wanted",
    "answer_seen",
    "as_chat",
    "as_form",
    "as_script",
    "as_sms",
    "as_text",
    "begin",
    "built_in",
    "built_in_texts",
    "checked",
    "play",
    "read_tree",
    "register_flow_action",
    "resume",
]
