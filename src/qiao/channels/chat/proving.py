"""What a customer types into the chat to prove who he is: checked by the customers room, never kept, never shown."""

from qiao import customers, interactions
from qiao.channels.chat.model import Party
from qiao.channels.chat.queries import held
from qiao.interactions import Interaction, ProofMethod
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Level


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
        asked, service = await _asked(tx, party)
        by_password = asked.proof_asked == "service_password"
        right = not by_password and await _by_code(tx, asked, service, answer)
    if by_password:
        await _by_password(house, party, asked, service, answer)
    elif not right:
        raise CodeNotRight


async def _by_code(tx: Transaction, contact: Interaction, service: ServiceId, code: str) -> bool:
    checked = await customers.check_code(tx, service=service, purpose=f"contact:{contact.id}", code=code)
    if checked.ok:
        await _prove(tx, contact, "one_time_code")
    return checked.ok


async def _by_password(house: House, party: Party, asked: Interaction, service: ServiceId, password: str) -> None:
    """The operator is asked with no transaction open, so what was asked for is looked at again afterwards.

    A password is that of the number's holder now, and no proof of whoever held it before.
    """
    if not (await customers.check_password(house, service=service, password=password)).ok:
        raise PasswordNotRight
    holder = await customers.recognize(house, service)
    async with house.database.transaction() as tx:
        contact, same = await _asked(tx, party)
        stands = (contact.id, contact.proof_asked, same) == (asked.id, "service_password", service)
        if not stands or holder is None or holder.id != contact.whose_proof:
            raise PasswordNotRight
        await _prove(tx, contact, "service_password")


async def _asked(tx: Transaction, party: Party) -> tuple[Interaction, ServiceId]:
    """This party's conversation in which a proof is asked for, and on which number. Raises CodeNotRight."""
    interaction_id = (await held(tx, party.key)).interaction_id
    contact = await interactions.interaction(tx, interaction_id) if interaction_id else None
    if contact is None or contact.proof_service is None or contact.proof_asked is None:
        raise CodeNotRight
    return contact, contact.proof_service


async def _prove(tx: Transaction, contact: Interaction, method: ProofMethod) -> None:
    await interactions.prove_level(
        tx,
        interaction_id=contact.id,
        level=Level(interactions.level_with(contact, method)),
        method=method,
        customer_id=contact.whose_proof,
    )
