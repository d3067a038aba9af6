"""The registry of flow actions: what rooms above let a flow do, such as taking a complaint; they fill it at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.selfservice.model_checks import Shape
from qiao.selfservice.model_session import Tried


@dataclass(frozen=True, slots=True)
class Asked:
    """What a flow asks an action to do, for whom, in which contact; `key` is the same when it is asked again."""

    key: str
    given: Mapping[str, str]
    customer_id: CustomerId | None
    service: ServiceId | None
    interaction_id: InteractionId | None
    level: int
    language: str
    origin: Origin
    filled: Mapping[str, Any] = field(default_factory=dict)
    tried: tuple[Tried, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it; `facts` may be taken into variables. `flows` may be run from here on in this session."""

    outcome: Literal["done", "refused", "pending", "unknown", "away"]
    facts: Mapping[str, Any] = field(default_factory=dict)
    flows: tuple[str, ...] = ()


class FlowAction(Protocol):
    """Performs an action, once for each key; called with no transaction open. A Refused is the outcome "refused"."""

    async def __call__(self, house: House, asked: Asked) -> Done:
        """Do it."""
        ...


_ACTIONS: Final[dict[str, tuple[Shape, FlowAction]]] = {}


def register_flow_action(
    code: str,
    run: FlowAction,
    *,
    parameters: frozenset[str] = frozenset(),
    needed: frozenset[str] = frozenset(),
    facts: frozenset[str] = frozenset(),
    changes: bool = True,
) -> None:
    """Make an action known under its code, with what it wants and what it tells; again, the later one stands."""
    _ACTIONS[code] = (Shape(parameters=parameters | needed, needed=needed, facts=facts, changes=changes), run)


def flow_action(code: str) -> FlowAction | None:
    """The action of this code, if any room has brought one."""
    found = _ACTIONS.get(code)
    return found[1] if found is not None else None


PROMISED: Final[Mapping[str, Shape]] = {
    "open_complaint": Shape(
        parameters=frozenset({"about", "words", "month", "provider"}),
        needed=frozenset({"words"}),
        facts=frozenset({"number"}),
        changes=True,
    ),
    "understand": Shape(
        parameters=frozenset({"words"}), needed=frozenset({"words"}), facts=frozenset({"rows", "lines"}), changes=False
    ),
    "read_article": Shape(
        parameters=frozenset({"article"}),
        needed=frozenset({"article"}),
        facts=frozenset({"title", "told", "more", "rest", "why"}),
        changes=False,
    ),
    "person_first": Shape(parameters=frozenset({"on"}), facts=frozenset(), changes=True),
    "rate_contact": Shape(
        parameters=frozenset({"score", "words"}), needed=frozenset({"score"}), facts=frozenset(), changes=True
    ),
}
"""Actions that the flows of the house use; where no room has brought one, the answer is "away"."""
CALLBACK: Final = "promise_callback"
"""The action behind a callback step; `given` is desk."""


def action_shapes() -> dict[str, Shape]:
    """What flows may act on."""
    return {**PROMISED, **{code: shape for code, (shape, _) in _ACTIONS.items()}}
