"""The pages work for everyone: WCAG 2.2 AA by axe-core, 320 px, light and dark, right to left, few bytes."""

import re
import urllib.request
from datetime import timedelta

import pytest

from tests.support.browsing import invitation_id, link
from tests.support.everyone import check, narrow
from tests.support.factories import (
    ANNA,
    act,
    answer,
    correct,
    digest,
    invitation_states,
    link_ids,
    sign,
    take_in,
    words,
)
from workflow import accounts, auditor_links, members
from workflow.campaigns import lifecycle
from workflow.campaigns.roster import roster
from workflow.models import AuditorLink, Letter, User, now
from workflow.signoffs import answers, requests, review

pytestmark = pytest.mark.browser
MOST_BYTES = 60_000


@pytest.fixture
def settings(tmp_path, migrated_sqlite):
    """What people see is the same on either database: SQLite alone."""
    import shutil

    from config.settings import Settings

    shutil.copy(migrated_sqlite, tmp_path / "undersigned.db")
    return Settings(instance=tmp_path)


@pytest.fixture(scope="module")
def narrow_screen(chromium):
    context = narrow(chromium)
    yield context.new_page()
    context.close()


@pytest.fixture
def screen(narrow_screen):
    """A narrow screen of somebody who has not been here."""
    narrow_screen.goto("about:blank")
    narrow_screen.context.clear_cookies()
    return narrow_screen


def campaign_of(database, letter_id):
    with database.reading() as session:
        return session.get_one(Letter, letter_id).campaign_id


def with_comments(database, letter_id):
    links, shown = link_ids(database, letter_id), digest(database, letter_id)
    first = act(database, review.comment, links[0], shown, 2, "Say by when.")
    act(database, review.reply, links[1], first.id, "We agree.")
    act(
        database,
        review.suggest,
        links[1],
        review.Suggestion(
            digest=shown, paragraph=2, replaces="asks for something", replacement="asks for x", words="Clearer."
        ),
    )


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_of_a_co_signer_has_a_fault_in_any_state(service, database, settings, screen, language):
    letter_id = take_in(database, 4, letter=words(language=language), comments_shared=True, objection_hours=24)
    where = f"{service}/review/{invitation_id(database, letter_id)}"

    def look(*more):
        screen.goto(service + link(database, settings, letter_id))
        check(screen)
        for part in more:
            check(screen, where + part)

    act(database, lifecycle.circulate, letter_id, ANNA)
    with_comments(database, letter_id)
    look()
    act(database, lifecycle.open_sign_off, letter_id, ANNA)
    look()
    screen.locator("#answer button.wide").click()
    check(screen)
    sign(database, letter_id)
    look("/receipt")
    correct(database, letter_id, language=language)
    look("?since=1")
    act(database, answers.sign, link_ids(database, letter_id)[0], answer(database, letter_id))
    act(database, answers.retract, link_ids(database, letter_id)[0])
    look("/receipt")
    act(database, answers.decline, link_ids(database, letter_id)[1], digest(database, letter_id), "No.", shared=True)
    act(database, lifecycle.revise, letter_id, "A slip.", ANNA)
    look()
    act(database, lifecycle.withdraw, letter_id, "It is over.", ANNA)
    look()
    check(screen, f"{service}/s/unknown")
    check(screen, f"{service}/review/handed-over")
    check(screen, f"{service}/nowhere")


def test_the_page_for_the_code_has_no_fault(service, database, settings, screen):
    letter_id = take_in(database, 1, code_required=True)
    act(database, lifecycle.open_sign_off, letter_id, ANNA)

    screen.goto(service + link(database, settings, letter_id))
    screen.get_by_label("We sign this letter").check()
    screen.get_by_label("Your name, as it will be printed").fill("Person A")
    screen.get_by_label("I am authorised to answer for Organisation A").check()
    screen.get_by_role("button", name="Sign the letter").click()
    screen.get_by_label("6-digit code").wait_for()
    check(screen)
    assert invitation_states(database, letter_id) == ["invited"]


def test_no_page_of_the_staff_has_a_fault(service, database, settings, screen):
    letter_id = take_in(database, 3, comments_shared=True, objection_hours=24)
    check(screen, f"{service}/sign-in")
    with database.writing() as session:
        address = accounts.sign_in_link(session, accounts.user(session, "anna@example.org", "Anna", admin=True))
    check(screen, address)
    screen.get_by_role("button", name="Sign in").click()

    def look(*more):
        for part in ("", *more):
            check(screen, f"{service}/letters/{letter_id}{part}")

    one = f"/invitations/{invitation_id(database, letter_id)}"
    look("/draft", "/paper", "/cosigners", one)
    act(database, lifecycle.circulate, letter_id, ANNA)
    with_comments(database, letter_id)
    look("/draft", "/revisions/1", "/comments", "/comments?show=all", "/cosigners?show=asked", "/emails")
    act(database, lifecycle.open_sign_off, letter_id, ANNA)
    act(database, requests.ask_for_time, link_ids(database, letter_id)[2], "One more day")
    sign(database, letter_id)
    look()
    act(database, lifecycle.approve, letter_id, ANNA)
    look("/history", "/history?show=all&q=e", "/history/20", "/agreed", "/compare")
    look("/draft", "/paper", "/cosigners?q=organisation&order=status", one, "/progress")
    of_campaign = f"/campaigns/{campaign_of(database, letter_id)}"
    for where in (
        "/",
        "/campaigns/new",
        of_campaign,
        f"{of_campaign}/settings",
        "/letters/new",
        "/mailbox",
        "/audit",
    ):
        check(screen, service + where)


def test_no_page_of_accounts_people_or_readers_by_a_link_has_a_fault(service, database, settings, screen):
    letter_id = take_in(database, 1)
    with database.writing() as session:
        anna = accounts.user(session, "anna@example.org", "Anna Berg", admin=True)
        campaign = session.get_one(Letter, letter_id).campaign_id
        members.join(session, campaign, anna, "coordinator", ANNA)
        members.let_in(session, campaign, "ben@example.org", "auditor", ANNA, by=anna)
        ends = now() + timedelta(days=3)
        link_id = auditor_links.make(session, campaign, ANNA, by=anna, name="Ann Reader", ends=ends).id
    with database.writing() as session:
        address = accounts.sign_in_link(session, session.get_one(User, anna.id))
    screen.goto(address)
    screen.get_by_role("button", name="Sign in").click()
    for where in ("/account/welcome", "/account", "/sessions", "/admin", f"/campaigns/{campaign}/people"):
        check(screen, service + where)
    screen.get_by_role("button", name="Add and send an email").click()
    screen.get_by_role("alert").wait_for()
    check(screen)
    screen.context.clear_cookies()
    with database.reading() as session:
        there = auditor_links.address(session, session.get_one(AuditorLink, link_id))
    for where in (there, f"{service}/a?act=all", f"{service}/letters/{letter_id}/history", f"{service}/a/nonsense"):
        check(screen, where)


# --- the first view ------------------------------------------------------------------------------------------------


def seed_letter(language="en"):
    """A letter as long as the real one: nine paragraphs, a thousand words."""
    return words(language=language, body="\n\n".join(" ".join(f"word{n}" for n in range(110)) for _ in range(9)))


def test_the_first_view_is_one_answer_of_few_bytes_with_all_that_is_read(service, database, settings):
    letter_id = take_in(database, 5, letter=seed_letter())
    act(database, lifecycle.open_sign_off, letter_id, ANNA)

    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(service + link(database, settings, letter_id)) as answered:
        page = answered.read().decode()

    assert len(page.encode()) < MOST_BYTES
    assert not re.search(r'<link rel="stylesheet"|<img|@import|url\(', page), "what is read waits for nothing else"
    assert all("defer" in script for script in re.findall(r"<script[^>]*>", page))


def test_the_style_in_the_page_is_the_only_one_that_its_policy_allows(service, database, settings, chromium):
    letter_id = take_in(database, 1)
    act(database, lifecycle.open_sign_off, letter_id, ANNA)
    context = chromium.new_context()
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(service + link(database, settings, letter_id))

    assert page.evaluate("getComputedStyle(document.querySelector('.paper')).backgroundColor") == "rgb(255, 255, 255)"
    assert complaints == []
    page.evaluate("() => { const s = document.createElement('style'); s.textContent = 'p{}'; document.head.append(s) }")
    page.wait_for_function("true")
    assert any("Content Security Policy" in one for one in complaints)
    context.close()


def test_the_signature_block_follows_the_keys_and_the_deadline_is_said_in_the_phones_time(
    service, database, settings, chromium
):
    letter_id = take_in(database, 1)
    act(database, lifecycle.open_sign_off, letter_id, ANNA)
    context = chromium.new_context(timezone_id="Asia/Phnom_Penh")
    page = context.new_page()
    page.goto(service + link(database, settings, letter_id))

    page.get_by_label("We sign this letter").check()
    page.get_by_label("Your name, as it will be printed").fill("Maria Real")
    page.get_by_label("Your title, as it will be printed").fill("")

    assert page.locator("#block").inner_text().split("\n") == ["Maria Real", "Organisation A"]
    assert "GMT+7" in page.locator("time").first.inner_text()
    with database.reading() as session:
        assert roster(session, session.get_one(Letter, letter_id)).counting == ()
    context.close()


def test_everything_can_be_done_with_the_keyboard(service, database, settings, chromium):
    letter_id = take_in(database, 1)
    act(database, lifecycle.open_sign_off, letter_id, ANNA)
    context = chromium.new_context(viewport={"width": 320, "height": 700}, java_script_enabled=False)
    page = context.new_page()
    page.goto(service + link(database, settings, letter_id))

    page.locator("#answer input[name=choice]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Person A")
    page.keyboard.press("Tab")
    page.keyboard.type("Director")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Thank you. Organisation A has signed.").wait_for()
    context.close()
