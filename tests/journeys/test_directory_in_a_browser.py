"""The directory in a real browser: without a fault for axe-core, narrow and dark, searched as one types, merged."""

from __future__ import annotations

import pytest

from tests.integration.test_directory import FIDH, LEAGUE, campaign, letter, member
from tests.integration.test_directory_pages import known_id
from tests.journeys.test_for_everyone import narrow_screen as narrow_screen
from tests.journeys.test_for_everyone import screen as screen
from tests.journeys.test_for_everyone import settings as settings
from tests.support.everyone import check
from tests.support.factories import open_sign_off, sign
from workflow import accounts
from workflow.letter import text
from workflow.models import User

TYPO = text.Cosigner("Internatonal Federation for Human Rights", "", "Karim", "", "k@other.example")
CAIRO = text.Cosigner("مركز القاهرة لدراسات حقوق الإنسان", "", "بهي الدين", "", "c@cairo.example", language="ar")


@pytest.fixture
def signed(service, database, screen):
    anna = member(database, "anna")
    campaign_id = campaign(database, anna)
    signed = letter(database, campaign_id, FIDH, LEAGUE, CAIRO)
    open_sign_off(database, signed)
    sign(database, signed)
    letter(database, campaign_id, FIDH, TYPO)
    with database.writing() as session:
        address = accounts.sign_in_link(session, session.get_one(User, anna.id))
    screen.goto(address)
    screen.get_by_role("button", name="Sign in").click()
    screen.wait_for_url(lambda address: "sign-in" not in address)
    return campaign_id


def test_no_page_of_the_directory_has_a_fault(service, database, screen, signed):
    stays, other = known_id(database), known_id(database, TYPO.organisation)
    parts = [
        "",
        "?show=duplicates",
        "?q=nobody",
        f"?campaign={signed}",
        "/new",
        "/import",
        f"/{stays}",
        f"/{known_id(database, CAIRO.organisation)}",
        f"/{stays}/merge?with={other}",
        f"/onto?id={stays}&id={other}",
    ]
    for part in parts:
        check(screen, f"{service}/organisations{part}")
    screen.goto(f"{service}/organisations/import")
    screen.get_by_label("Or paste lines or columns").fill(
        f"Organisation,Email\n{FIDH.organisation},n@fidh.example\nLigue des droit de l’Homme,l@l.example\nX,x\nY,\n"
    )
    screen.get_by_role("button", name="Check the list").click()
    screen.get_by_role("heading", name="Changed").wait_for()
    check(screen)
    screen.goto(f"{service}/organisations/{stays}")
    screen.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    screen.locator("form[action$='/contacts'] button").click()
    screen.get_by_text("There is a problem").wait_for()
    check(screen)


def test_it_is_searched_while_one_types_and_what_is_one_is_merged(service, database, screen, signed):
    screen.goto(f"{service}/organisations")
    screen.get_by_label("Search by name, acronym, contact or address").press_sequentially("federation")
    screen.locator("#found li").nth(2).wait_for(state="detached")
    assert screen.url.endswith("q=federation")
    for name in (FIDH.organisation, TYPO.organisation):
        screen.get_by_label(f"Select {name}", exact=True).check()
    screen.get_by_role("button", name="Merge").click()
    screen.get_by_role("heading", name="What will happen").wait_for()
    screen.get_by_role("button", name="Merge").click()
    screen.get_by_text("1 organisation merged into this one.").wait_for()
    assert screen.locator("#contacts li").count() == 2
    screen.go_back()
    screen.goto(f"{service}/organisations")
    assert screen.locator("#found li").count() == 3
