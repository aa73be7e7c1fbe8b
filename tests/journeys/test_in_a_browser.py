"""What people see, in Chromium without JavaScript: a phone signs; no page is wider than a narrow screen."""

import pytest
from playwright.sync_api import expect

from tests.support.browsing import link
from tests.support.factories import ANNA, act, digest, invitation_states, link_ids, open_sign_off, take_in, terms, words
from workflow import accounts
from workflow.campaigns import drafts, lifecycle
from workflow.letter import text
from workflow.signoffs import review

pytestmark = pytest.mark.browser

ON_ONE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""Where things stand on a page is the same on either database."""


@pytest.fixture(scope="module")
def opened(chromium):
    """One page with scripts, one without: to open another takes longer than most of what is done on it."""
    contexts = {scripts: chromium.new_context(java_script_enabled=scripts) for scripts in (True, False)}
    yield {scripts: context.new_page() for scripts, context in contexts.items()}
    for context in contexts.values():
        context.close()


@pytest.fixture
def browser(opened):
    """A page of somebody who has not been here; what pages store is kept by address, and each test has its own."""

    def of(width, height, scripts=True):
        page = opened[scripts]
        page.goto("about:blank")
        page.context.clear_cookies()
        page.set_viewport_size({"width": width, "height": height})
        return page

    return of


@pytest.fixture
def phone(browser):
    return browser(320, 640, scripts=False)


def fits(page):
    """Whether nothing on the page is wider than the screen; measured from outside, for scripts are off."""
    page.wait_for_load_state()
    return page.locator("body").evaluate("body => document.documentElement.scrollWidth <= window.innerWidth")


def test_an_organisation_reads_and_signs_on_a_phone_without_scripts(service, database, settings, phone):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)

    phone.goto(service + link(database, settings, letter_id))
    assert "/s/" not in phone.url
    assert phone.get_by_text("Second paragraph, which asks for something.").first.is_visible()
    phone.get_by_label("We sign this letter").check()
    phone.get_by_label("Your name, as it will be printed").fill("Person A")
    phone.get_by_label("Your title, as it will be printed").fill("Director")
    phone.get_by_label("I am authorised to answer for Organisation A").check()
    phone.get_by_role("button", name="Sign the letter").click()

    phone.get_by_role("heading", name="Thank you. Organisation A has signed.").wait_for()
    assert invitation_states(database, letter_id) == ["signed", "invited"]


def test_to_decline_takes_no_name_to_print_and_nothing_more_is_asked_afterwards(service, database, settings, phone):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    phone.goto(service + link(database, settings, letter_id))
    title = phone.get_by_label("Your title, as it will be printed")
    assert not title.is_visible()

    phone.get_by_role("link", name="Decline").click()
    phone.get_by_label("We will not sign").check()
    assert not title.is_visible()
    phone.get_by_label("Your name").fill("Person A")
    phone.get_by_label("I am authorised to answer for Organisation A").check()
    phone.get_by_role("button", name="Send: we will not sign").click()
    phone.get_by_role("heading", name="will not sign").wait_for()
    phone.goto(service + link(database, settings, letter_id))

    phone.get_by_text("Nothing more is asked of you").wait_for()
    assert phone.get_by_role("heading", name="Comments").count() == 0
    phone.get_by_text("Change my answer").click()
    phone.get_by_label("We sign this letter").check()
    phone.get_by_label("Your name, as it will be printed").fill("Person A")
    phone.get_by_label("I am authorised to answer for Organisation A").check()
    phone.get_by_role("button", name="Sign the letter").click()
    phone.get_by_role("heading", name="Thank you. Organisation A has signed.").wait_for()
    assert invitation_states(database, letter_id) == ["signed"]


def test_sign_and_decline_are_within_reach_while_the_letter_is_read(service, database, settings, browser):
    letter_id = take_in(database, 1, letter=words(body="\n\n".join(f"Paragraph {n}." for n in range(60))))
    open_sign_off(database, letter_id)
    page = browser(390, 700)
    page.goto(service + link(database, settings, letter_id))

    assert page.get_by_role("link", name="Sign").is_visible()
    assert page.get_by_role("link", name="Sign").bounding_box()["y"] < 700
    page.get_by_role("link", name="Sign").click()
    assert page.get_by_label("We sign this letter").is_checked()
    assert page.get_by_role("button", name="Sign the letter").is_visible()
    assert invitation_states(database, letter_id) == ["invited"]


@pytest.mark.parametrize(("settings", "scripts"), [("sqlite", True), ("postgresql", False)], indirect=["settings"])
def test_a_change_of_the_language_keeps_what_was_typed(service, database, settings, browser, scripts):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    page = browser(390, 800, scripts)
    page.goto(service + link(database, settings, letter_id))
    page.get_by_label("Your comment").fill("Is the date right?")
    page.get_by_label("We sign this letter").check()
    page.get_by_label("Your name, as it will be printed").fill("Zoë Person")

    page.get_by_role("button", name="Français").click()

    page.get_by_role("heading", name="Votre réponse").wait_for()
    assert page.locator("#answer-name").input_value() == "Zoë Person"
    assert page.locator("#answer [value=sign]").is_checked()
    if scripts:
        # The script brings it back, and runs after what is shown first.
        expect(page.locator("#comments-words")).to_have_value("Is the date right?")
    assert invitation_states(database, letter_id) == ["invited"]


@ON_ONE
def test_a_tap_on_a_paragraph_leads_to_what_can_be_said_of_it(service, database, settings, browser, phone):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    phone.goto(service + link(database, settings, letter_id))
    phone.get_by_role("link", name="Comment on paragraph 2").click()
    assert phone.locator("#comments-paragraph").input_value() == "2"

    page = browser(390, 800)
    page.goto(service + link(database, settings, letter_id))
    page.locator("#p2").click()
    page.locator(".tapped").get_by_role("button", name="Suggest an edit").click()
    assert page.locator("#suggestions-paragraph").input_value() == "2"
    assert page.locator("#suggestions-replaces").input_value() == "Second paragraph, which asks for something."


def test_pressing_the_button_without_an_answer_says_what_is_missing(service, database, settings, phone):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    phone.goto(service + link(database, settings, letter_id))

    phone.get_by_role("button", name="Send my answer").click()

    phone.get_by_text("Choose an answer: sign, or not.").first.wait_for()
    assert invitation_states(database, letter_id) == ["invited"]


@ON_ONE
def test_every_page_fits_a_narrow_screen_and_breaks_no_rule_of_its_own(service, database, settings, browser):
    letter_id = take_in(database, 2)
    with database.writing() as session:
        sign_in = accounts.sign_in_link(session, accounts.user(session, "anna@example.org", "Anna", admin=True))
    page = browser(320, 640)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(sign_in)
    page.get_by_role("button", name="Sign in").click()
    steps = (None, lifecycle.circulate, lifecycle.open_sign_off)

    for step in steps:
        if step is not None:
            act(database, step, letter_id, ANNA)
            page.goto(service + link(database, settings, letter_id))
            assert fits(page), page.url
        for where in ("", "/draft", "/history"):
            page.goto(f"{service}/letters/{letter_id}{where}")
            assert fits(page), page.url
    for where in ("/", "/letters/new", "/letters/" + letter_id + "/revisions/1", "/mailbox"):
        page.goto(service + where)
        assert fits(page), page.url

    assert complaints == []


HOSTILE = "</li></ul><script>document.title = 'owned'</script><style>main { display: none }</style>"


def test_no_name_or_comment_widens_hides_or_turns_a_page(service, database, settings, browser):
    """Names of 200 letters without a blank, markup, a script from right to left; a comment of 5,000 lines."""
    names = ["D" * 200, HOSTILE, "منظمة حقوق الإنسان (فرع 2)"]
    asked = [text.Cosigner(name, "", "W" * 40, "V" * 40, f"{n}@example.org") for n, name in enumerate(names)]
    with database.writing() as session:
        shared = terms(comments_shared=True, code_required=True)
        letter_id = drafts.take_in(session, words(), asked, ANNA, dated=None, terms=shared).id
    act(database, lifecycle.circulate, letter_id, ANNA)
    for said in (HOSTILE, "a\n" * 4990, "x" * 9000):
        act(
            database,
            review.comment,
            link_ids(database, letter_id)[1],
            digest(database, letter_id),
            1,
            said,
            shared=True,
        )
    act(database, lifecycle.open_sign_off, letter_id, ANNA)
    page = browser(390, 844)

    for number in range(3):
        page.goto(service + link(database, settings, letter_id, number))
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert fits(page)
        assert page.title().startswith(words().subject)
        assert page.get_by_text(HOSTILE).first.is_visible()
        assert page.evaluate("document.documentElement.scrollHeight") < 30_000
        page.locator("input[value=sign]").check()
        page.locator("#answer-name").fill("W" * 40)
        page.locator("input[name=authorised]").check()
        page.locator("#answer button.wide").click()
        page.get_by_role("heading", name="One more step: the code").wait_for()
        assert fits(page)

    page.goto(f"{service}/review/{page.url.split('/')[-2]}")
    assert "\u2068منظمة حقوق الإنسان (فرع 2)\u2069" in page.locator(".lead").inner_text()


@ON_ONE
def test_the_next_step_comes_before_the_letter_on_a_phone_and_beside_it_on_a_desk(service, database, browser):
    letter_id = take_in(database, 2)
    with database.writing() as session:
        sign_in = accounts.sign_in_link(session, accounts.user(session, "anna@example.org", "Anna", admin=True))
    page = browser(390, 844)
    page.goto(sign_in)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{service}/letters/{letter_id}")

    def top(of):
        return page.locator(of).bounding_box()["y"]

    assert top("#step") < top("[aria-labelledby=answers]") < top(".paper")
    page.set_viewport_size({"width": 1280, "height": 844})
    assert top("#step") == top(".paper") < top("[aria-labelledby=answers]")


def test_a_robot_that_runs_scripts_and_presses_every_button_decides_nothing(service, database, settings, browser):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    page = browser(1280, 720)
    address = service + link(database, settings, letter_id)
    page.goto(address)
    buttons = page.get_by_role("button").count()
    assert buttons >= 2

    for number in range(buttons):
        page.goto(address)
        page.get_by_role("button").nth(number).click()

    assert invitation_states(database, letter_id) == ["invited"]


@pytest.mark.parametrize(
    ("settings", "width", "scripts"),
    [
        ("sqlite", 390, False),
        ("sqlite", 1280, True),
        ("postgresql", 390, True),
        ("postgresql", 1280, False),
    ],
    indirect=["settings"],
)
def test_a_campaign_is_begun_and_its_letters_found(service, database, settings, browser, width, scripts):
    letter_id = take_in(database, 2, name="Valdoria")
    open_sign_off(database, letter_id)
    with database.writing() as session:
        sign_in = accounts.sign_in_link(session, accounts.user(session, "anna@example.org", "Anna Berg", admin=True))
    page = browser(width, 800, scripts)
    page.goto(sign_in)
    page.get_by_role("button", name="Sign in").click()

    page.goto(service)
    page.get_by_role("link", name="New campaign").click()
    page.get_by_label("Name of the campaign").fill("For the seventeen")
    page.get_by_label("Time zone").select_option("Europe/Paris")
    page.get_by_role("button", name="Start campaign").click()
    page.get_by_text("Campaign started.").wait_for()
    page.get_by_role("link", name="Campaigns").first.click()
    page.get_by_label("Search by name").fill("valdor")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Valdoria").click()
    assert fits(page)
    page.get_by_role("link", name="Free the seventeen").click()
    page.get_by_role("heading", name="Where it stands").wait_for()

    step, text = (page.locator(one).bounding_box() for one in ("#step", "#paper"))
    assert step["y"] < text["y"] + 1 if width < 1000 else step["x"] > text["x"]
    assert fits(page)
