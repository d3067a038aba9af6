"""What a customer types into the chat to prove who he is: checked by the customers room, never kept, never shown."""

from typing import Final

from qiao import customers, interactions
from qiao.bss import Operator
from qiao.channels.chat.model import Party
from qiao.channels.chat.queries import held
from qiao.interactions import Interaction
from qiao.kernel.ids import CustomerId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Level

CODE: Final = "one_time_code"
SECOND: Final = "service_password"


class CodeNotRight(Refused):
    """Wrong, used, too old, or nobody asked for it: one answer."""

    code = "chat.code_not_right"
    status = 403
    text = N_("That code is not right or too old. Nothing was changed; check it or ask for a new one.")


class PasswordNotRight(Refused):
    """Wrong, or not heard after too many wrong ones: one answer."""

    code = "chat.password_not_right"
    status = 403
    text = N_("That password is not right, or there were too many tries. Nothing was changed.")


async def prove(house: House, party: Party, answer: str) -> None:
    """Check what was asked for in this party's conversation and record the level it proves.

    A wrong try is committed before it is refused, so that it counts. Raises CodeNotRight, PasswordNotRight and, when
    the operator does not answer, OperatorAway.
    """
    async with house.database.transaction() as tx:
        contact = await _asked(tx, party)
        by_code = contact.proof_asked == CODE
        right = by_code and await _code_is_right(tx, contact, answer)
        if right:
            await _prove(tx, contact, CODE)
    if by_code and not right:
        raise CodeNotRight
    if not by_code:
        await _by_password(house, party, contact, answer)


async def _by_password(house: House, party: Party, asked: Interaction, answer: str) -> None:
    """The operator is asked with no transaction open, so what was asked for is looked at again afterwards."""
    assert asked.proof_service is not None
    checked = await customers.check_password(house, service=asked.proof_service, password=answer)
    if not checked.ok:
        raise PasswordNotRight
    holder = await _holder(house, asked.proof_service)
    async with house.database.transaction() as tx:
        contact = await _asked(tx, party)
        now = (contact.id, contact.proof_asked, contact.whose_proof, contact.proof_service)
        if now != (asked.id, SECOND, holder, asked.proof_service):
            raise PasswordNotRight
        await _prove(tx, contact, SECOND)


async def _holder(house: House, service: ServiceId) -> CustomerId | None:
    """Whose number it is at the operator now: a password is its holder's, and no proof of whoever held it before."""
    finding = await customers.look_up(house.get(Operator), service)
    if finding is None:
        return None
    async with house.database.transaction() as tx:
        return (await customers.keep(tx, finding)).id


async def _asked(tx: Transaction, party: Party) -> Interaction:
    interaction_id = (await held(tx, party.key)).interaction_id
    contact = await interactions.interaction(tx, interaction_id) if interaction_id else None
    if contact is None or contact.proof_service is None or contact.proof_asked is None:
        raise CodeNotRight
    return contact


async def _code_is_right(tx: Transaction, contact: Interaction, code: str) -> bool:
    assert contact.proof_service is not None
    purpose = f"contact:{contact.id}"
    return (await customers.check_code(tx, service=contact.proof_service, purpose=purpose, code=code)).ok


async def _prove(tx: Transaction, contact: Interaction, method: str) -> None:
    await interactions.prove_level(
        tx,
        interaction_id=contact.id,
        level=Level(interactions.level_with(contact, method)),
        method=method,
        customer_id=contact.whose_proof,
    )
