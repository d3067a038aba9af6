"""Proof of identity inside a flow: asked for by code or password, judged by customers, never kept here."""

from typing import Final

from qiao import customers, interactions
from qiao.bss import OperatorAway
from qiao.interactions import Interaction, ProofMethod
from qiao.kernel.origin import Origin
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Level
from qiao.selfservice.model_session import Answered, Effect, Input, Wanted
from qiao.selfservice.queries import Running

BY_KEYS: Final = "voice"
"""Who is on the telephone has a service password at hand; a text comes to the very handset he holds to his ear."""
METHODS: dict[str, ProofMethod] = {"code": "one_time_code", "password": "service_password"}


async def ask_proof(house: House, running: Running, effect: Effect) -> Input:
    """Have the customer asked for the next proof on the way to the level; refused where nothing he says is heard."""
    wanted = int(effect.code)
    async with house.database.transaction() as tx:
        contact = await _contact(tx, running)
        if contact is None or contact.proof_service is None or contact.whose_proof is None:
            return Answered(effect.number, "refused")
        if contact.level >= wanted:
            return Answered(effect.number, "done")
        if not (await customers.may_try_password(tx, service=contact.proof_service)).ok:
            return Answered(effect.number, "refused")
        what = _next_method(contact, effect.given.get("by", "") or _first_by(running.channel))
        if what == "code":
            await _send(tx, running, contact)
        await interactions.ask_proof(tx, interaction_id=contact.id, method=METHODS[what])
    return Wanted(effect.number, what)  # type: ignore[arg-type]


async def take_secret(house: House, running: Running, effect: Effect, wanted_level: int) -> Input:
    """Judge a code or password. Wrong ones are committed and stick, whatever becomes of the flow."""
    what = str(running.session.wanted.get("what", "code"))
    told = effect.given.get("text", "")
    async with house.database.transaction() as tx:
        contact = await _contact(tx, running)
        if contact is None or contact.proof_service is None:
            return Answered(effect.number, "refused")
        service = contact.proof_service
        if what == "code":
            checked = await customers.check_code(tx, service=service, purpose=f"contact:{contact.id}", code=told)
    if what == "password":
        try:
            checked = await customers.check_password(house, service=service, password=told)
        except OperatorAway:
            return Answered(effect.number, "away")
    if not checked.ok:
        if checked.blocked_until is not None:
            return Answered(effect.number, "refused")
        return Wanted(effect.number, "password" if what == "password" else "code", again=True)
    async with house.database.transaction() as tx:
        contact = await _contact(tx, running)
        if contact is None:
            return Answered(effect.number, "refused")
        level = Level(interactions.level_with(contact, METHODS[what]))
        proof = {"level": level, "method": METHODS[what], "customer_id": contact.whose_proof}
        stands = await interactions.prove_level(tx, interaction_id=contact.id, **proof)  # type: ignore[arg-type]
    if stands >= wanted_level:
        return Answered(effect.number, "done")
    return await ask_proof(house, running, Effect(effect.number, "prove", str(wanted_level)))


def _next_method(contact: Interaction, first: str) -> str:
    """The second factor is of another kind than the first."""
    if contact.level >= Level.ONE_FACTOR and contact.proof_method is not None:
        return "password" if contact.proof_method == "one_time_code" else "code"
    return first if first in METHODS else "code"


def _first_by(channel: str) -> str:
    return "password" if channel == BY_KEYS else "code"


async def _send(tx: Transaction, running: Running, contact: Interaction) -> None:
    assert contact.proof_service is not None
    await customers.send_code(
        tx,
        service=contact.proof_service,
        purpose=f"contact:{contact.id}",
        customer_id=contact.whose_proof,
        language=running.session.language,
        origin=Origin(running.channel, contact.id, flow=running.flow),
    )


async def _contact(tx: Transaction, running: Running) -> Interaction | None:
    return await interactions.interaction(tx, running.interaction_id) if running.interaction_id else None
