"""Signing in at the desk: what may be tried, what is answered, where it leads."""

import re
from typing import Any

import pyotp
import pytest

from qiao import routing, staff
from qiao.desk.sign_in_carry import desk_path
from qiao.desk.stream import on_alive
from qiao.platform import sessions
from qiao.platform.clock import MachineClock
from tests.conftest import StillClock
from tests.desk.screens import PASSWORD, Screens


@pytest.mark.parametrize(
    "told", ["/desk", "/desk/cases", "/desk/cases/1?view=red", "/desk/contacts/0190-aa?before=3&x=%E6%A1%A5"]
)
def test_a_page_of_the_desk_is_kept_for_after_signing_in(told: str) -> None:
    assert desk_path(told) == told


@pytest.mark.parametrize(
    "told",
    [
        None,
        "",
        "/",
        "/talk",
        "desk",
        "/desktop",
        "//evil.example",
        "//evil.example/desk",
        "https://evil.example/desk",
        "javascript:alert(1)",
        "/\\evil.example",
        "/desk/\\evil.example",
        "/desk/../talk",
        "/desk//evil.example",
        "/desk\r\nLocation: https://evil.example",
        "/desk/\u202etxt",
        "/desk/" + "a" * 600,
        "/desk/sign-in?next=/desk",
        "/desk/sign-out",
        "http://[",
        7,
    ],
)
def test_no_other_place_can_be_smuggled_in(told: object) -> None:
    assert desk_path(told) == "/desk"


async def test_the_right_password_opens_the_desk_under_a_fresh_session(screens: Screens) -> None:
    person = await screens.agent()
    browser = screens.browser()
    browser.carry("planted-by-somebody-else")
    page = await browser.get("/desk/sign-in?next=/desk/cases")
    assert page.status_code == 200
    assert 'name="next" value="/desk/cases"' in page.text
    answer = await browser.send(
        "/desk/sign-in", {"login": person.login, "password": PASSWORD, "next": "/desk/cases"}, htmx=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/desk/cases"
    cookie = answer.headers["set-cookie"]
    assert "qiao_staff=" in cookie
    assert "planted-by-somebody-else" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_signing_in_again_ends_the_session_that_the_browser_had(screens: Screens) -> None:
    person = await screens.agent()
    browser = await screens.signed_in(person)
    first = browser.token
    await browser.send("/desk/sign-in", {"login": person.login, "password": PASSWORD})
    assert browser.token != first
    async with screens.house.database.transaction() as tx:
        assert await sessions.find(tx, token=first, audience="staff") is None


async def test_a_screen_that_nobody_clicks_in_is_locked_however_often_it_fetches(
    screens: Screens, clock: StillClock
) -> None:
    person = await screens.agent()
    browser = await screens.signed_in(person)
    async with screens.house.database.transaction() as tx:
        session = await sessions.find(tx, token=browser.token, audience="staff")
        assert session is not None
        actor = await staff.actor(tx, session)
    assert actor is not None
    for _ in range(2):
        clock.forward(minutes=14)
        assert (await browser.get("/desk")).status_code == 200
    for minutes in (8, 6):
        clock.forward(minutes=minutes)
        fetched = await browser.get("/desk/work", **{"HX-Request": "true", "X-Qiao-By-Itself": "1"})
        assert fetched.status_code == 200
        assert await on_alive(screens.house, actor, actor.session_id) is None
    clock.forward(minutes=1)
    assert (await browser.get("/desk")).headers["location"].startswith("/desk/sign-in")
    assert await on_alive(screens.house, actor, actor.session_id) is False
    assert "nobody clicked for 15 minutes" in (await browser.get("/desk/sign-in")).text
    assert "nobody clicked" not in (await screens.browser().get("/desk/sign-in")).text


async def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(screens: Screens) -> None:
    person = await screens.agent()
    answers = []
    for login in (person.login, "nobody-of-that-name"):
        answer = await screens.browser().send("/desk/sign-in", {"login": login, "password": "not-this-one-at-all"})
        assert answer.status_code == 403
        assert answer.headers["x-refusal-code"] == "platform.sign_in_refused"
        assert "set-cookie" not in answer.headers
        answers.append(answer.text)
    assert answers[0] == answers[1]


async def test_the_password_never_comes_back_in_the_page(screens: Screens) -> None:
    person = await screens.agent()
    answer = await screens.browser().send(
        "/desk/sign-in", {"login": person.login, "password": "typed-in-a-hurry"}, htmx=False
    )
    assert answer.status_code == 403
    assert person.login in answer.text
    assert "typed-in-a-hurry" not in answer.text


async def test_many_wrong_passwords_close_the_account_for_a_while(screens: Screens) -> None:
    person = await screens.agent()
    codes = [
        (await screens.browser().send("/desk/sign-in", {"login": person.login, "password": f"guess-{n}"})).status_code
        for n in range(6)
    ]
    assert codes[0] == 403
    assert codes[-1] == 429
    right = await screens.browser().send("/desk/sign-in", {"login": person.login, "password": PASSWORD})
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) > 0
    assert "set-cookie" not in right.headers


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"login": "", "password": ""},
        {"login": "x" * 5000, "password": "y" * 5000},
        {"login": "a\x00b", "password": "\x00"},
        {"login": "=1+1", "password": "<script>alert(1)</script>"},
        {"login": "\u202egnaw", "password": "p"},
        {"login": ["a", "b"], "password": "p", "code": "1" * 500, "next": "https://evil.example"},
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
async def test_odd_sign_in_forms_are_refused_kindly(screens: Screens, form: dict[str, Any], htmx: bool) -> None:
    answer = await screens.browser().send("/desk/sign-in", form, htmx=htmx)
    assert answer.status_code in (400, 403, 429)
    assert "<script>alert(1)" not in answer.text


async def test_another_site_cannot_sign_somebody_in(screens: Screens) -> None:
    person = await screens.agent()
    browser = screens.browser(origin="https://evil.example")
    answer = await browser.send("/desk/sign-in", {"login": person.login, "password": PASSWORD}, htmx=False)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_whoever_is_signed_in_already_goes_on(screens: Screens) -> None:
    browser = await screens.signed_in(await screens.agent())
    answer = await browser.get("/desk/sign-in?next=//evil.example")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/desk"


async def test_without_a_session_every_page_leads_to_the_sign_in_page(screens: Screens) -> None:
    answer = await screens.browser().get("/desk/cases")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/desk/sign-in?next=")


async def test_signing_out_ends_the_session_and_the_seat(screens: Screens) -> None:
    person = await screens.agent()
    browser = screens.browser()
    entered = await browser.send("/desk/sign-in", {"login": person.login, "password": PASSWORD})
    assert entered.headers["hx-redirect"] == "/desk"
    token = browser.token
    async with screens.house.database.transaction() as tx:
        session = await sessions.find(tx, token=token, audience="staff")
        assert session is not None
        assert await routing.holds_seat(tx, person.id, session.id)
    browser.csrf = session.csrf
    left = await browser.send("/desk/sign-out", htmx=False)
    assert left.status_code == 303
    assert 'qiao_staff=""' in left.headers["set-cookie"] or "Max-Age=0" in left.headers["set-cookie"]
    async with screens.house.database.transaction() as tx:
        assert await sessions.find(tx, token=token, audience="staff") is None
        assert not await routing.holds_seat(tx, person.id, session.id)


async def test_a_form_without_its_token_signs_nobody_out(screens: Screens) -> None:
    browser = await screens.signed_in(await screens.agent())
    browser.csrf = "wrong"
    assert (await browser.send("/desk/sign-out")).status_code == 403


async def test_a_locked_screen_opens_only_by_signing_in_again(screens: Screens) -> None:
    person = await screens.agent()
    browser = await screens.signed_in(person)
    assert (await browser.send("/desk/lock", htmx=False)).headers["location"] == "/desk/sign-in"
    assert (await browser.get("/desk/cases")).headers["location"].startswith("/desk/sign-in")
    await browser.send("/desk/sign-in", {"login": person.login, "password": PASSWORD})
    assert (await browser.get("/desk/cases")).status_code == 200


async def test_an_authenticator_is_asked_for_after_the_password_and_each_code_opens_once(screens: Screens) -> None:
    person = await screens.agent()
    browser = await screens.signed_in(person)
    begun = await browser.send("/desk/second-factor/begin", htmx=False)
    seed = re.search(r'name="seed" value="([A-Z2-7]+)"', begun.text)
    assert seed is not None
    wrong = await browser.send("/desk/second-factor", {"code": "000000", "seed": seed[1]}, htmx=False)
    assert wrong.status_code == 403
    assert seed[1] in wrong.text.replace(" ", "")
    code = pyotp.TOTP(seed[1]).at(MachineClock().now())
    done = await browser.send("/desk/second-factor", {"code": code}, htmx=False)
    assert done.status_code == 200
    recovery = re.findall(r"<li>([A-Z2-7]{5}-[A-Z2-7]{5})</li>", done.text)
    assert len(recovery) == 10
    first_step = await screens.browser().send("/desk/sign-in", {"login": person.login, "password": PASSWORD})
    assert first_step.status_code == 401
    assert 'name="code"' in first_step.text
    assert "set-cookie" not in first_step.headers
    form = {"login": person.login, "password": PASSWORD, "code": recovery[0]}
    assert "hx-redirect" in (await screens.browser().send("/desk/sign-in", form)).headers
    again = await screens.browser().send("/desk/sign-in", form)
    assert again.status_code == 403
    assert "set-cookie" not in again.headers


async def test_the_session_goes_on_under_a_new_token_once_an_authenticator_is_set_up(screens: Screens) -> None:
    browser = await screens.signed_in(await screens.agent())
    before = browser.token
    begun = await browser.send("/desk/second-factor/begin", htmx=False)
    seed = re.search(r'name="seed" value="([A-Z2-7]+)"', begun.text)
    assert seed is not None
    code = pyotp.TOTP(seed[1]).at(MachineClock().now())
    await browser.send("/desk/second-factor", {"code": code}, htmx=False)
    assert browser.token != before
    async with screens.house.database.transaction() as tx:
        assert await sessions.find(tx, token=before, audience="staff") is None
