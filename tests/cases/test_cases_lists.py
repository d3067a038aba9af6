"""Many cases at a time: whose they are, what they hold, page by page; and a customer's matters in nine languages."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import update

from qiao import cases
from qiao.cases.finding import told_of
from qiao.cases.recording import keep_words
from qiao.cases.store import cases as rows_of_cases
from qiao.kernel.ids import CaseId, DeskId, UnitId, new_id
from qiao.kernel.languages import LANGUAGES
from qiao.platform.database import Transaction
from tests.cases.matter_at_hand import WHY, Days, agent, customer, opened, unit


async def numbered(days: Days, count: int, *, unit_id: UnitId, **given: object) -> list[CaseId]:
    """So many cases, oldest first."""
    return [await days.do(opened, unit_id=unit_id, **given) for _ in range(count)]


def ids(page: cases.CasePage) -> list[CaseId]:
    return [found.id for found in page.cases]


async def test_a_list_goes_page_by_page_through_all_there_is_and_no_further(days: Days) -> None:
    ours = unit()
    made = await numbered(days, 5, unit_id=ours)
    async with days.database.transaction() as tx:
        together = [await opened(tx, unit_id=ours) for _ in range(3)]  # at one instant
    async with days.database.transaction() as tx:
        seen: list[CaseId] = []
        before = None
        for _ in range(3):
            page = await cases.case_list(tx, unit_ids=[ours], before=before, limit=3)
            seen += ids(page)
            before = page.before
        assert before is None
        assert set(seen) == {*made, *together}
        assert seen[3:] == made[::-1]
        assert len(ids(await cases.case_list(tx, unit_ids=[ours], limit=0))) == 1
        assert len(ids(await cases.case_list(tx, unit_ids=[ours], limit=10**9))) == 8
        assert await cases.count_cases(tx, unit_ids=[ours]) == 8
        assert await cases.count_cases(tx, unit_ids=[ours], most=4) == 5  # more than four


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "_",
        "nonsense",
        "2026-11-23T02:00:00+00:00_",
        "2026-11-23T02:00:00+00:00_not-an-id",
        "\x00_\x00",
        "0001-01-01T00:00:00_x",
    ],
)
async def test_a_cursor_that_is_none_begins_at_the_newest(tx: Transaction, cursor: str) -> None:
    ours = unit()
    case_id = await opened(tx, unit_id=ours)
    assert ids(await cases.case_list(tx, unit_ids=[ours], before=cursor)) == [case_id]


async def test_what_the_customer_did_not_find_solved_stands_at_the_head_until_it_is_solved_again(days: Days) -> None:
    ours, me = unit(), agent()
    first, second, third = await numbered(days, 3, unit_id=ours, agent_id=me)
    days.clock.forward(minutes=1)
    async with days.database.transaction() as tx:
        await tx.execute(update(rows_of_cases).where(rows_of_cases.c.id == first).values(returned_at=tx.now))
    async with days.database.transaction() as tx:
        page = await cases.case_list(tx, unit_ids=[ours], limit=2)
        rest = await cases.case_list(tx, unit_ids=[ours], before=page.before)
        assert [*ids(page), *ids(rest)] == [first, third, second]
    await days.do(cases.resolve_case, case_id=first, kind="remedied", what="x", **WHY, agent_id=me)
    async with days.database.transaction() as tx:
        assert ids(await cases.case_list(tx, unit_ids=[ours])) == [third, second, first]


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-23T02:00:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01",
        "9999-12-31T23:59:59",
    ],
)
async def test_a_cursor_at_an_odd_instant_breaks_nothing(tx: Transaction, at: str) -> None:
    ours = unit()
    await opened(tx, unit_id=ours)
    assert len(ids(await cases.case_list(tx, unit_ids=[ours], before=f"{at}_{new_id()}"))) <= 1


async def test_whose_list_it_is_decides_what_is_in_it(tx: Transaction) -> None:
    ours, theirs, me, colleague = unit(), unit(), agent(), agent()
    desk = DeskId(new_id())
    mine = await opened(tx, unit_id=ours, agent_id=me)
    of_my_desk = await opened(tx, unit_id=ours, agent_id=colleague, desk_id=desk)
    of_another = await opened(tx, unit_id=ours, agent_id=agent())
    foreign = await opened(tx, unit_id=theirs, agent_id=me)
    nobodys = await opened(tx, unit_id=None, agent_id=me)
    waiting = await opened(tx, unit_id=ours, agent_id=None)
    await opened(tx, unit_id=theirs, agent_id=None)
    known = {mine, of_my_desk, of_another, foreign, nobodys, waiting}

    async def found(**asked: object) -> set[CaseId]:
        page = await cases.case_list(tx, unit_ids=[ours], **asked)
        words = await cases.case_list(tx, unit_ids=[ours], words="验证码17", **asked)
        seen = set(ids(page)) & known
        assert set(ids(words)) & known == seen
        return seen

    assert await found() == {mine, of_my_desk, of_another, nobodys, waiting}
    assert await found(owner_id=me) == {mine, nobodys}
    assert await found(owner_id=me, desk_ids=[desk]) == {mine, of_my_desk, nobodys}
    assert await found(desk_ids=[desk]) == {of_my_desk}
    assert await found(owner_ids=[me, colleague]) == {mine, of_my_desk, nobodys}
    assert await found(owner_ids=[]) == set()
    assert await found(owner_ids=[], unowned=True) == {waiting}
    assert await found(owner_ids=[colleague], unowned=True) == {of_my_desk, waiting}
    assert await found(owner_id=me, owner_ids=[colleague]) == set()
    nowhere = ids(await cases.case_list(tx, unit_ids=[], owner_id=me))
    assert nowhere == [nobodys]
    assert await cases.count_cases(tx, unit_ids=[ours], owner_id=me, desk_ids=[desk]) == 3


async def test_a_list_is_narrowed_by_where_a_case_stands(days: Days) -> None:
    ours, me = unit(), agent()
    still, solved, closed, red = await numbered(days, 4, unit_id=ours, agent_id=me)
    for case_id in (solved, closed):
        await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="x", **WHY, agent_id=me)
    await days.proved(closed, solved="yes")
    due_at = days.clock.now() + timedelta(hours=1)
    await days.do(cases.promise, case_id=red, what="Call", due_at=due_at, agent_id=me)
    days.clock.forward(hours=2)
    await days.run_timers()
    async with days.database.transaction() as tx:

        async def found(**asked: object) -> Sequence[CaseId]:
            page = ids(await cases.case_list(tx, unit_ids=[ours], **asked))
            assert await cases.count_cases(tx, unit_ids=[ours], **asked) == len(page)
            return page

        assert await found() == [red, solved, still]
        assert await found(closed=True) == [red, closed, solved, still]
        assert await found(statuses=["resolved", "closed"]) == [solved]
        assert await found(statuses=["resolved", "closed"], closed=True) == [closed, solved]
        assert await found(red=True) == [red]
        assert await cases.count_of_agent(tx, me) == cases.Counted(open=3, red=1)
        assert [one.id for one in await cases.newest_of_agent(tx, me, 2)] == [red, solved]


async def test_a_case_is_found_by_its_number_its_words_and_what_is_known(tx: Transaction) -> None:
    ours = unit()
    case_id = await opened(tx, unit_id=ours, own_words="光猫亮红灯，上不了网", facts={"short_code": "37371"})
    await opened(tx, unit_id=ours, own_words="Something else altogether")
    await cases.add_words(tx, case_id=case_id, text="L’écran reste noir", by="agent:1")
    number = (await cases.case_alone(tx, case_id)).number
    for words in ("红灯", "37371", "RESTE", number, number.lower(), "红灯 37371 noir", " 光猫\t上不了网 "):
        assert ids(await cases.case_list(tx, unit_ids=[ours], words=words)) == [case_id], words
        assert await cases.count_cases(tx, unit_ids=[ours], words=words) == 1
    for words in ("绿灯", "红灯 3738", "!!!", "\x00", "' & !x:* | \\", "\ud800"):
        assert ids(await cases.case_list(tx, unit_ids=[ours], words=words)) == [], words
    assert len(ids(await cases.case_list(tx, unit_ids=[ours], words="  "))) == 2
    assert told_of("?!") is None


async def test_the_longest_of_cases_can_still_be_written_and_found(tx: Transaction) -> None:
    def odd(part: int) -> str:
        return " ".join(f"{'𐐨' * 54}{part:02d}{number:03d}" for number in range(130))

    ours = unit()
    case_id = await opened(tx, unit_id=ours, own_words=odd(0))
    case = await cases.case_alone(tx, case_id)
    for part in range(1, 40):
        said = {"by": "agent:1", "said_by": "customer", "language": "en", "interaction_id": None}
        await keep_words(tx, case, text=odd(part), **said)
    await cases.add_words(tx, case_id=case_id, text="And this.", by="agent:1")
    assert ids(await cases.case_list(tx, unit_ids=[ours], words=f"{'𐐨' * 54}00007")) == [case_id]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_customer_reads_his_matter_in_his_language_wherever_it_stands(days: Days, language: str) -> None:
    who, me = customer(), agent()
    case_id = await days.do(opened, customer_id=who, agent_id=me)
    said: set[tuple[str, str]] = set()

    async def told(status: str, *, late: bool = False) -> None:
        [matter] = await days.read(who, language)
        assert (matter.status, matter.late) == (status, late)
        for sentence in (matter.name, matter.state_text, matter.next_text):
            assert sentence
            assert "{" not in sentence
        said.add((matter.state_text, matter.next_text))

    await told("open")
    asked = {"case_id": case_id, "items": ["short_code", "text_copy"], "interaction_id": None, "agent_id": me}
    request_id = await days.do(cases.request_information, **asked)
    await told("waiting_for_customer")
    await days.do(cases.answer_request, request_id=request_id, item="short_code", value="3737", by=f"customer:{who}")
    await told("waiting_for_us")
    await days.do(cases.withdraw_request, request_id=request_id, reason="Enough", agent_id=me)
    due_at = days.clock.now() + timedelta(hours=1)
    promise_id = await days.do(cases.promise, case_id=case_id, what="Call", due_at=due_at, agent_id=me)
    await told("open")
    days.clock.forward(hours=2)
    await told("open", late=True)
    await days.do(cases.keep_promise, promise_id=promise_id, how="", by=f"agent:{me}")
    await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="x", **WHY, agent_id=me)
    await told("resolved")
    await days.proved(case_id)
    await told("verified")
    assert len(said) == 7


async def test_a_language_nobody_speaks_here_reads_the_nearest_or_the_houses_own(tx: Transaction) -> None:
    who = customer()
    await opened(tx, customer_id=who)
    for asked, name in (
        ("xx", "未申请的增值业务"),
        ("", "未申请的增值业务"),
        ("zh-TW", "未申請的增值服務"),
        ("de-AT", "Nicht bestellter Mehrwertdienst"),
    ):
        [matter] = await cases.matters_for_customer(tx, who, language=asked)
        assert matter.name == name, asked


async def test_a_broken_promise_comes_first_among_a_customers_matters(days: Days) -> None:
    who, me = customer(), agent()
    red = await days.do(opened, customer_id=who, agent_id=me)
    due_at = days.clock.now() + timedelta(hours=1)
    await days.do(cases.promise, case_id=red, what="Call", due_at=due_at, agent_id=me)
    days.clock.forward(hours=1)
    await days.run_timers()
    older, newer = [await days.do(opened, customer_id=who, agent_id=me) for _ in range(2)]
    assert [matter.case_id for matter in await days.read(who, "ar")] == [red, newer, older]
