"""A letter comes in, is checked beside its source, its co-signers are put right: in a browser, with scripts or not."""

from __future__ import annotations

import os

import pytest

from tests.support.everyone import checkable, faults
from tests.support.factories import findings
from workflow import accounts
from workflow.models import Invitation, Letter

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("PICTURES", "")
"""A folder for what the pages look like, where somebody wants to see it."""
LETTER = """Rights Watch International
Box 12, Port Town

Jane Doe
Minister of Justice
Ministry of Justice
1 High Street

03/04/2020

Dear Minister,

We write to you about a matter that cannot wait any longer, for it is
about the lives of people who have done nothing but speak their minds.
They were taken from their homes at night and have not been seen since
by anybody who could say where they are and whether they are well now.

We ask you to say where they are, and to let their lawyers see them now.

Sincerely,

John Smith
Director, Rights Watch International (RWI)

Mary Jones
President, Lawyers for Water (LFW)

cc: The Ambassador
"""


@pytest.fixture
def settings(tmp_path, migrated_sqlite):
    """What people see is the same on either database: SQLite alone."""
    import shutil

    from config.settings import Settings

    shutil.copy(migrated_sqlite, tmp_path / "undersigned.db")
    return Settings(instance=tmp_path)


class Desk:
    """A browser of a coordinator: at each page it is looked whether anybody can use it."""

    def __init__(self, page, scripts, name):
        self.page, self.scripts, self.name = page, scripts, name

    def look(self, at):
        self.page.wait_for_load_state()
        wide = self.page.locator("body").evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, f"{at} is too wide"
        if PICTURES:
            self.page.screenshot(path=f"{PICTURES}/{at}-{self.name}.png", full_page=True)
        if self.scripts:
            assert faults(self.page) == [], at

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()


@pytest.mark.parametrize(
    ("width", "scripts", "scheme"), [(1280, True, "light"), (390, False, "light"), (390, True, "dark")]
)
def test_a_letter_comes_in_and_is_put_right(service, database, chromium, width, scripts, scheme):
    context = checkable(
        chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts, color_scheme=scheme)
    )
    desk = Desk(context.new_page(), scripts, f"{width}-{scheme}")
    page = desk.page
    page.set_default_timeout(10_000)
    with database.writing() as session:
        member = accounts.user(session, "anna@example.org", "Anna", admin=True)
        address = accounts.sign_in_link(session, member)
    page.goto(address)
    desk.press("Sign in")

    page.goto(f"{service}/letters/new")
    desk.look("new")
    desk.press("Import letter")
    page.get_by_role("link", name="Paste the text of the letter, or choose a file.").wait_for()
    desk.look("new-refused")
    page.get_by_label("Text of the letter").fill(LETTER)
    page.get_by_label("Name of the new campaign").fill("Justice 2027")
    desk.press("Import letter")

    page.get_by_role("heading", name="Check the letter", level=2).last.wait_for()
    assert page.url.endswith("/check")
    desk.look("check")
    letter_id = page.url.split("/")[-2]
    desk.press("Use the other date")
    page.get_by_text("doubts left").first.wait_for()
    while page.get_by_role("button", name="Fine", exact=True).count():
        desk.press("Fine")
    desk.press("Everything else is fine")
    page.get_by_text("Nothing is left to settle").first.wait_for()
    desk.look("check-settled")
    with database.reading() as session:
        assert session.get_one(Letter, letter_id).date.isoformat() == "2020-03-04"

    page.get_by_role("link", name="Continue: co-signers’ addresses").click()
    desk.look("fields")
    rows = page.get_by_label("Email address · ")
    emails = [page.locator("input[type=email]").nth(number) for number in range(2)]
    assert rows.count() == 2
    emails[0].fill("john@rights.example")
    names = [page.locator("input[name^=organisation]").nth(number) for number in range(2)]
    names[1].fill("Rights watch international")
    emails[1].fill("mary@water.example")
    page.locator("input[name^=acronym]").nth(1).fill("LW")
    page.locator("main").get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_role("alert").wait_for()
    assert [one.input_value() for one in emails] == ["john@rights.example", "mary@water.example"]
    assert page.locator("input[name^=acronym]").nth(1).input_value() == "LW"
    desk.look("fields-refused")
    names[1].fill("Lawyers for Water")
    page.locator("main").get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("2 co-signers saved").wait_for()
    with database.reading() as session:
        kept = session.query(Invitation).filter_by(letter_id=letter_id).order_by(Invitation.position).all()
        assert [one.email for one in kept] == ["john@rights.example", "mary@water.example"]
        assert kept[1].organisation.acronym == "LW"

    page.goto(f"{service}/letters/{letter_id}/invitations/{kept[0].id}")
    desk.look("cosigner")
    page.goto(f"{service}/letters/{letter_id}/draft")
    desk.look("draft")
    page.get_by_label("Subject").fill("Say where they are")
    desk.press("Add another recipient")
    page.get_by_text("New recipient").wait_for()
    assert page.get_by_label("Subject").input_value() == "Say where they are"
    page.get_by_label("Name", exact=True).last.fill("Joe Roe")
    with database.writing() as session:
        session.get_one(Letter, letter_id).version += 1
    desk.press("Save draft")
    page.get_by_role("heading", name="Their text").wait_for()
    desk.look("draft-conflict")
    desk.press("Save draft")
    page.get_by_text("Draft saved").wait_for()

    page.goto(f"{service}/letters/new")
    page.get_by_role("link", name="Say where they are").click()
    desk.look("earlier")
    desk.press("Start the letter")
    page.wait_for_url("**/draft")
    with database.reading() as session:
        made = session.query(Letter).filter(Letter.id != letter_id).one()
        assert (made.subject, len(made.recipients), len(made.invitations)) == ("Say where they are", 2, 2)
        assert [one.email for one in made.invitations] == ["john@rights.example", "mary@water.example"]
        made_id = made.id
    assert findings(database, letter_id) == findings(database, made_id) == []
    context.close()
