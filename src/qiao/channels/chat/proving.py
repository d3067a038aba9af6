"""The code a customer types into the chat: checked by the customers room, never kept, never seen by an agent."""

from qiao import customers, interactions
from qiao.channels.chat.model import Party
from qiao.channels.chat.queries import held
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.house import House
from qiao.platform.policy import Level

METHOD = "one_time_code"


class CodeNotRight(Refused):
    """Wrong, used, too old, or nobody asked for it: one answer."""

    code = "chat.code_not_right"
    status = 403
    text = N_("That code is not right or too old. Nothing was changed; check it or ask for a new one.")


async def prove(house: House, party: Party, code: str) -> None:
    """Check the code of this party's conversation and record the level. Raises CodeNotRight.

    A wrong try is committed before it is refused, so that it counts.
    """
    async with house.database.transaction() as tx:
        interaction_id = (await held(tx, party.key)).interaction_id
        contact = await interactions.interaction(tx, interaction_id) if interaction_id else None
        if contact is None or contact.proof_service is None or contact.proof_asked is None:
            raise CodeNotRight
        proving = contact.proof_service
        checked = await customers.check_code(tx, service=proving, purpose=f"contact:{contact.id}", code=code)
        if checked.ok:
            whose = contact.whose_proof
            await interactions.prove_level(
                tx, interaction_id=contact.id, level=Level.ONE_FACTOR, method=METHOD, customer_id=whose
            )
    if not checked.ok:
        raise CodeNotRight
