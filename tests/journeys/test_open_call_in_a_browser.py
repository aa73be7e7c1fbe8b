"""An organisation asks to join from a phone: the browser shows by itself that it has worked, under strict rules."""

from __future__ import annotations

import hashlib
import re

import pytest
import sqlalchemy as sa

from tests.journeys.test_for_everyone import settings as settings
from tests.support.browsing import signed_in
from tests.support.everyone import check, narrow
from tests.support.factories import open_sign_off, take_in
from tests.support.joining import TYPED, confirmed, link_in, opened, requests, token_hash
from workflow import afterwards
from workflow.mails import writing
from workflow.models import Delivery
from wsgi import create_app

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(afterwards, "PAUSE", 0.0)


@pytest.fixture
def letter(database):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    return letter_id


def fill(page) -> None:
    for name, words in TYPED.items():
        if name != "language":
            page.fill(f"#join-{name}", words)


def mailed(database, page) -> str:
    """The mail that is queued a moment after the answer."""
    for _ in range(100):
        with database.reading() as session:
            found = session.scalars(sa.select(Delivery).where(Delivery.kind == "join")).first()
            if found is not None:
                return (
                    writing.write(session, found).decode().replace("=\r\n", "").replace("=\n", "").replace("=3D", "=")
                )
        page.wait_for_timeout(50)
    raise AssertionError("No mail was queued.")


def test_from_the_page_to_the_confirmation_on_a_phone(service, database, letter, chromium):
    context = narrow(chromium)
    page = context.new_page()
    problems, sent = [], []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: sent.append(request))
    page.goto(service + opened(database, letter))
    check(page)
    fill(page)
    page.get_by_role("button", name="Ask to join").click()
    page.get_by_role("heading", name="Check your email").wait_for()
    check(page)

    posted = next(one for one in sent if one.method == "POST").post_data
    challenge, answer = (re.search(f"{name}=([0-9a-f]+)", posted)[1] for name in ("challenge", "effort"))
    digest = int.from_bytes(hashlib.sha256(f"{challenge}{answer}".encode()).digest())
    assert digest >> (256 - 18) == 0, "18 zero bits, found by the page's own script"
    assert {re.match("https?://[^/]+|data:", one.url)[0] for one in sent} <= {service, "data:"}, "nobody else is asked"
    assert problems == []

    mail = mailed(database, page)
    page.goto(service + link_in(mail))
    check(page)
    page.get_by_role("button", name="Confirm the request").click()
    page.get_by_role("heading", name="Your request is confirmed").wait_for()
    check(page)
    assert [(one.waits, one.token_hash) for one in requests(database, letter)] == [(True, token_hash(mail))]
    context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_has_a_fault(service, database, letter, chromium, language):
    context = narrow(chromium, locale=language)
    page = context.new_page()
    address = opened(database, letter, "Join us.")
    check(page, f"{service}{address}?language={language}")
    page.fill("#join-organisation", "X")
    page.locator("#join button").click()
    page.locator("#problems").wait_for()
    check(page)
    check(page, f"{service}/join/{'0' * 32}")
    check(page, f"{service}/join/confirm/nonsense")
    context.close()


def test_the_coordinators_page_has_no_fault(service, database, letter, chromium):
    context = narrow(chromium)
    client = signed_in(create_app(database.settings, database), database)
    (cookie,) = client._cookies.values()
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": service}])
    page = context.new_page()
    check(page, f"{service}/letters/{letter}/call")
    opened(database, letter, "Join us.")
    confirmed(database, letter, 1, words="Hello", website="else.example", country="Kenya")
    confirmed(database, letter, 2, organisation="منظمة الأنهار", email="x@gmail.com")
    check(page, f"{service}/letters/{letter}/call")
    context.close()
