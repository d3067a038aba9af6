"""What a worker does for cases, in a process of its own, to be killed in it: `tests.cases.doomed_work URL AT STEP ID`.

`AT` is the instant at which this process lives; the step "work" hears, looks and waits for nothing; "resolve" and
"confirm" are what somebody does to the case with this id.
"""

import asyncio
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from uuid import UUID

from qiao import cases, customers
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, SandboxOperator
from qiao.cases.room import register
from qiao.kernel.ids import CaseId
from qiao.platform.database import Database
from qiao.platform.files import FolderStore
from qiao.platform.house import House
from qiao.platform.live import Hub
from qiao.platform.settings import Settings
from qiao.platform.signing import Keys
from tests.cases.proving import Centre
from tests.conftest import StillClock


async def main(url: str, at: str, step: str, known: str) -> None:
    register()
    clock = StillClock()
    clock.at = datetime.fromisoformat(at)
    database = Database(url, clock, pool_size=3)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=url,
            data_folder=Path(folder),
            mode="test",
            secret_key="test-only-" + "0" * 32,  # type: ignore[arg-type]
        )
        house = House(
            settings=settings, clock=clock, database=database, files=FolderStore(Path(folder) / "f"), hub=Hub(url)
        )
        house.ports[Operator] = SandboxOperator(database, answer_seconds=15.0)
        house.ports[Keys] = Keys.of(settings)
        shi = await customers.recognize(house, CAST[0].service)
        assert shi is not None
        here = Centre(house, clock, shi)
        case_id = CaseId(UUID(known))
        if step == "work":
            await here.work()
        elif step == "resolve":
            await here.resolve(case_id)
        else:
            by = f"customer:{here.shi.id}"
            await here.do(cases.confirm, case_id=case_id, solved="yes", by=by, channel="portal")
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
