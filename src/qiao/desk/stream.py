"""The live stream of the desk's tabs."""

from typing import Any, Final

from litestar import get

from qiao.platform.policy import Access


@get("/desk/stream-soon", opt={"access": Access(audience="staff")}, include_in_schema=False)
async def _soon() -> None:
    return None


ROUTE: Final[Any] = _soon
