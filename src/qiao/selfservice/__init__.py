"""Self-service: one flow engine; text, SMS, chat, form and agent's script are renderings of it."""

from qiao.selfservice.actions import Asked, Done, FlowAction, register_flow_action
from qiao.selfservice.built_in import FlowsIncomplete, built_in, built_in_texts, checked
from qiao.selfservice.dialogues import OUTCOMES, Rehearsed, play, rehearse
from qiao.selfservice.doing import ByAgent
from qiao.selfservice.drawing import Diagram, diagram
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
from qiao.selfservice.model_tried import TriedLine, tried_lines
from qiao.selfservice.model_words import is_emergency, is_greeting, wants_person
from qiao.selfservice.operations import (
    RIGHT,
    FlowChangedMeanwhile,
    FlowNotUnderstood,
    begin_flow,
    keep_flow,
    publish_flow,
)
from qiao.selfservice.phrasings import PHRASINGS
from qiao.selfservice.queries import (
    FlowVersion,
    Leaving,
    Running,
    asked_now,
    flow_text,
    flow_versions_of,
    flows_to_try,
    known_flows,
    look_at,
    open_session,
    published,
    session_for,
    session_of_contact,
    session_running,
    tried_in,
    where_people_leave,
)
from qiao.selfservice.rendering import ChatMessage, Form, Script, as_chat, as_form, as_script, as_sms, as_text
from qiao.selfservice.runner import Advanced, advance
from qiao.selfservice.service_flows import flow_names, flow_of_service, service_texts
from qiao.selfservice.understanding import Meant, meant, offered

__all__ = [
    "OUTCOMES",
    "PHRASINGS",
    "RIGHT",
    "Advanced",
    "Answered",
    "Asked",
    "Begin",
    "ByAgent",
    "ChatMessage",
    "Diagram",
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
    "Meant",
    "Option",
    "Output",
    "Rehearsed",
    "Running",
    "Script",
    "Session",
    "Told",
    "Tried",
    "TriedLine",
    "Turn",
    "Wanted",
    "advance",
    "answer_seen",
    "as_chat",
    "as_form",
    "as_script",
    "as_sms",
    "as_text",
    "asked_now",
    "begin",
    "begin_flow",
    "built_in",
    "built_in_texts",
    "checked",
    "diagram",
    "flow_names",
    "flow_of_service",
    "flow_text",
    "flow_versions_of",
    "flows_to_try",
    "is_emergency",
    "is_greeting",
    "keep_flow",
    "known_flows",
    "look_at",
    "meant",
    "offered",
    "open_session",
    "play",
    "publish_flow",
    "published",
    "read_tree",
    "register_flow_action",
    "rehearse",
    "resume",
    "service_texts",
    "session_for",
    "session_of_contact",
    "session_running",
    "tried_in",
    "tried_lines",
    "wants_person",
    "where_people_leave",
]
