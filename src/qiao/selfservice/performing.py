"""What a flow asks the house to do: a service asked or ordered, a proof, a yes, an action of a room above."""

from collections.abc import Mapping
from typing import Final, Literal, cast

from qiao import catalogue
from qiao.bss import OperatorAway
from qiao.catalogue import NeedsConfirmation, NotEligible, Order
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.policy import Level
from qiao.selfservice.actions import CALLBACK, Asked, flow_action
from qiao.selfservice.confirming import ask_yes, hear_yes, ordered, place
from qiao.selfservice.doing import Doing
from qiao.selfservice.facts import facts_of
from qiao.selfservice.model_session import Answered, Effect, Input
from qiao.selfservice.pinning import versions_for
from qiao.selfservice.proving import ask_proof, take_secret
from qiao.selfservice.rendering import words

_REFUSED: Final = {"catalogue.too_many_wrong_answers": "blocked"}
"""Refusals with words of their own; `told` is what the customer hears."""


async def perform(doing: Doing, effect: Effect) -> Input:
    """What became of an effect, as the engine's next input; a refusal is an answer like any other."""
    pending = doing.running.pending or {}
    house, running = doing.house, doing.running
    language = running.session.language
    try:
        match effect.kind:
            case "service":
                return await _service(doing, effect)
            case "prove":
                return await ask_proof(house, running, effect)
            case "secret":
                return await take_secret(house, running, effect, int(pending.get("code") or Level.ONE_FACTOR))
            case "yes":
                found = await hear_yes(doing, effect)
                return await _become(doing, effect, found) if isinstance(found, Order) else found
            case _:
                return await _action(doing, effect)
    except OperatorAway:
        return Answered(effect.number, "away", {"told": words("away", language)})
    except NotFound:
        known = effect.kind != "service" or effect.code in {one.code for one in catalogue.services(audience="customer")}
        told = {"reason": "not_found", "told": words("not_possible", language)}
        return Answered(effect.number, "refused" if known else "away", told)
    except NotEligible as refused:
        asked = catalogue.service(effect.code or str(pending.get("code", "")))
        told = {"reason": refused.why, "told": catalogue.refusal_text(asked, refused, language)}
        return Answered(effect.number, "refused", told)
    except Refused as refused:
        told = {"reason": refused.code, "told": words(_REFUSED.get(refused.code, "not_possible"), language)}
        return Answered(effect.number, "refused", told)


async def _service(doing: Doing, effect: Effect) -> Input:
    asked, running = catalogue.service(effect.code), doing.running
    if asked.kind == "act":
        return await _order(doing, effect)
    answer = await catalogue.ask(
        doing.house,
        code=effect.code,
        target=running.service,
        parameters={name: value for name, value in effect.given.items() if value},
        actor=doing.actor,
        customer_id=running.customer_id,
        interaction_id=running.interaction_id,
        level=doing.level,
        basis=doing.basis,
    )
    language = running.session.language
    told = catalogue.answer_text(asked, answer.value, language, zone=doing.house.settings.default_zone)
    facts = facts_of(answer.value, language)
    if facts is None:
        return Answered(effect.number, "refused", {"reason": "nothing_there", "told": told})
    return Answered(effect.number, "done", {**facts, "told": told})


async def _order(doing: Doing, effect: Effect) -> Input:
    """Place an order once for this step of this session, confirmed first where it costs something."""
    try:
        order = await place(doing, effect)
    except NeedsConfirmation:
        async with doing.house.database.transaction() as tx:
            before = await ordered(tx, doing, effect)
        if before is None:
            return await ask_yes(doing, effect)
        order = before
    return await _become(doing, effect, order)


async def _become(doing: Doing, effect: Effect, order: Order) -> Input:
    """Wait a moment for what becomes of an order."""
    found = await catalogue.wait_for_order(doing.house, order.id, seconds=doing.wait_seconds)
    state = found.state if found.state not in ("placed", "performing") else "pending"
    outcome = cast(Literal["done", "refused", "pending", "unknown"], state)
    told = catalogue.receipt_text(catalogue.service(found.code), found, doing.running.session.language)
    facts = {"reason": found.reason, "told": told}
    return Answered(effect.number, outcome, facts, changed=outcome != "refused")


async def _action(doing: Doing, effect: Effect) -> Input:
    running = doing.running
    run = flow_action(CALLBACK if effect.kind == "callback" else effect.code)
    if run is None:
        return Answered(effect.number, "away")
    session = running.session
    asked = Asked(
        key=doing.key(effect.number),
        given={"desk": effect.code} if effect.kind == "callback" else effect.given,
        customer_id=running.customer_id,
        service=running.service,
        interaction_id=running.interaction_id,
        level=doing.level,
        language=session.language,
        origin=doing.origin,
        filled=session.filled,
        tried=session.tried,
    )
    done = await run(doing.house, asked)
    flows: Mapping[str, int] = {}
    if done.flows:
        async with doing.house.database.transaction() as tx:
            flows = await versions_for(tx, done.flows)
    changed = done.outcome != "refused" and not done.flows
    return Answered(effect.number, done.outcome, done.facts, changed=changed, flows=flows)
