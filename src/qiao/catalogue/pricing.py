"""What a service costs now, asked of the operator."""

from collections.abc import Mapping

from qiao.bss import Lines
from qiao.catalogue.asking import LOOKS
from qiao.catalogue.model import Service
from qiao.catalogue.receipts import offers
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House


async def price_now(house: House, asked: Service, target: ServiceId, given: Mapping[str, str]) -> Money | None:
    """What it costs this number now with what was told; None where nothing is paid. Raises OperatorAway.

    Call with no transaction open. What is no longer offered has no price either.
    """
    if asked.priced_by:
        among = next(one.among for one in asked.parameters if one.name == asked.priced_by)
        chosen = offers(await LOOKS[among](house, target, {}))
        return next((one.price for one in chosen if one.value == given.get(asked.priced_by)), None)
    if asked.price is None or Lines not in house.ports:
        return asked.price
    return await house.get(Lines).fee(target, asked.code) or asked.price
