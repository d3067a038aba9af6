"""Self-service: one flow engine; text, SMS, chat, form and agent's script are renderings of it."""

from qiao.selfservice.actions import Asked, Done, FlowAction, forget_flow_action, register_flow_action
from qiao.selfservice.built_in import FlowsIncomplete, built_in, built_in_texts, checked
from qiao.selfservice.dialogues import OUTCOMES, play
from qiao.selfservice.events import FlowBegun, FlowEnded, FlowHandedOver, FlowPublished
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
from qiao.selfservice.operations import (
    RIGHT,
    FlowChangedMeanwhile,
    FlowNotUnderstood,
    begin_flow,
    keep_flow,
    publish_flow,
)
from qiao.selfservice.queries import (
    FlowVersion,
    Leaving,
    Running,
    flow_text,
    flow_versions_of,
    open_session,
    published,
    session_of_contact,
    session_running,
    where_people_leave,
)
from qiao.selfservice.rendering import ChatMessage, Form, Script, as_chat, as_form, as_script, as_sms, as_text
from qiao.selfservice.runner import Advanced, advance

__all__ = [
    "OUTCOMES",
    "RIGHT",
    "Advanced",
    "Answered",
    "Asked",
    "Begin",
    "ChatMessage",
    "Done",
    "Effect",
    "Flow",
    "FlowAction",
    "FlowBegun",
    "FlowChangedMeanwhile",
    "FlowEnded",
    "FlowHandedOver",
    "FlowNotUnderstood",
    "FlowProblem",
    "FlowPublished",
    "FlowVersion",
    "FlowsIncomplete",
    "Form",
    "Input",
    "Learned",
    "Leaving",
    "Option",
    "Output",
    "Running",
    "Script",
    "Session",
    "Told",
    "Tried",
    "Turn",
    "Wanted",
    "advance",
    "answer_seen",
    "as_chat",
    "as_form",
    "as_script",
    "as_sms",
    "as_text",
    "begin",
    "begin_flow",
    "built_in",
    "built_in_texts",
    "checked",
    "flow_text",
    "flow_versions_of",
    "forget_flow_action",
    "keep_flow",
    "open_session",
    "play",
    "publish_flow",
    "published",
    "read_tree",
    "register_flow_action",
    "resume",
    "session_of_contact",
    "session_running",
    "where_people_leave",
]
