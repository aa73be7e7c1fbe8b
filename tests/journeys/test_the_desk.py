"""From an empty product to a letter that was sent: a coordinator at a desk with scripts, and on a phone without."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass, field
from typing import Any

import docx
import pytest

from config.settings import Settings
from tests.support.factories import act, findings, fingerprint, go_on, invitation_states, link_ids, sign, state
from tests.support.mailing import deliver
from workflow import accounts, jobs
from workflow.campaigns import dispatch
from workflow.models import Campaign, Invitation, Letter, Membership

pytestmark = pytest.mark.browser

BODY = (
    "In two days you will be received in Port Town. Seventeen people who wrote about the port are in prison there.",
    "We ask you to say to your hosts, before cameras, that writing is no crime.",
    "We would be grateful for an answer before you leave.",
)
ORGANISATIONS = [f"Association of River {name}" for name in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"] + [
    f"Union of Port Workers {number}" for number in range(1, 15)
]
FIRST = ("Karim", "Naly", "Thun", "Evelyn", "Samuel", "Leila", "Mirela", "Tomas")
LAST = ("Haddad", "Saray", "Otieno", "Dankova", "Pilorge")
PEOPLE = [f"{FIRST[n % 8]} {LAST[n // 8]}" for n in range(40)]
PASTED = "\n".join(
    f"{name}, {who} <p{n}@river{n}.example>" for n, (name, who) in enumerate(zip(ORGANISATIONS, PEOPLE, strict=True))
)
MISTAKES = (
    ("<p3@river3.example>", "<p3@river3>"),
    ("<p7@river7.example>", "p7 at river7.example"),
    ("<p11@river11.example>", "<p10@river10.example>"),
    ("Association of River P, ", ", "),
    ("Union of Port Workers 2,", "Union of Port Workers 1,"),
    ("<p30@river30.example>", "<p30@@river30.example>"),
)
"""What goes wrong in a spreadsheet: no address, no address at all, one address twice, no name, a name twice, a slip."""


@pytest.fixture
def settings(tmp_path, migrated_sqlite):
    """What people see is the same on either database: SQLite alone."""
    shutil.copy(migrated_sqlite, tmp_path / "undersigned.db")
    return Settings(instance=tmp_path)


def in_word() -> bytes:
    """The letter as somebody has written it in Word: with a list, bold words and a link."""
    made = docx.Document()
    for line in ("Mary Ellery", "Foreign Minister", "Ministry of Foreign Affairs", "1 High Street, Capital"):
        made.add_paragraph(line)
    made.add_paragraph("Geneva, 1 December 2026")
    made.add_paragraph("Subject: Your visit to Valdoria")
    made.add_paragraph("Dear Minister,")
    first = made.add_paragraph(BODY[0][:40])
    first.add_run(BODY[0][40:60]).bold = True
    first.add_run(BODY[0][60:])
    for words in BODY[1:]:
        made.add_paragraph(words)
    made.add_paragraph("Yours sincerely,")
    for line in ("Karim Lahidji", "President, International Federation for Rivers (IFR)"):
        made.add_paragraph(line)
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


@dataclass
class Desk:
    """A browser whose presses are counted."""

    page: Any
    presses: int = 0
    seen: list[str] = field(default_factory=list)

    def press(self, name: str, role: str = "button", exact: bool = False) -> None:
        found = self.page.get_by_role(role, name=name, exact=exact).first
        found.wait_for(state="attached")
        found.click()
        self.page.wait_for_load_state()
        self.presses += 1
        self.seen.append(self.page.url)

    def save(self) -> None:
        """Save the list, as its button says for how many."""
        self.press(self.page.locator("button[name=save]").inner_text().strip())

    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture(params=[(1280, True), (390, False)], ids=["desk", "phone without scripts"])
def desk(request, service, database, chromium):
    width, scripts = request.param
    with database.writing() as session:
        address = accounts.sign_in_link(session, accounts.user(session, "anna@adhoc.example", admin=True))
    context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(address)
    yield Desk(page)
    context.close()


def starts(desk: Desk) -> None:
    """Who she is, and a campaign."""
    desk.press("Sign in")
    desk.page.get_by_label("Your name").fill("Anna Berg")
    desk.page.get_by_label("Your organisation").fill("ADHOC")
    desk.press("Save and continue")
    desk.press("New campaign", "link")
    desk.page.get_by_label("Name of the campaign").fill("Visit to Valdoria 2026")
    desk.press("Start campaign")


def takes_the_letter_in(desk: Desk, database) -> str:
    desk.page.locator("input[type=file]").set_input_files(
        {"name": "letter.docx", "mimeType": "application/octet-stream", "buffer": in_word()}
    )
    desk.press("Import letter")
    letter_id = desk.page.url.split("/letters/")[1][:32]
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        plain = row.body.replace("**", "")
        assert plain == "\n\n".join(BODY)
        assert (row.subject, row.recipients[0].name, row.place) == ("Your visit to Valdoria", "Mary Ellery", "Geneva")
        assert [i.organisation.acronym for i in row.invitations] == ["IFR"]
    return letter_id


def pastes_forty(desk: Desk, service: str, letter_id: str) -> None:
    pasted = PASTED
    for right, wrong in MISTAKES:
        assert right in pasted
        pasted = pasted.replace(right, wrong)
    desk.page.goto(f"{service}/letters/{letter_id}/cosigners/many")
    desk.page.get_by_label("Organisations, one on each line").fill(pasted)
    desk.press("Check the list")
    assert desk.fits()


def put_right(desk: Desk) -> None:
    """Each of the six is named at its row, and put right there; then one press saves all forty."""

    def row(number: int, name: str):
        return desk.page.locator(f"[name=r{number}-{name}]")

    assert desk.page.locator(".row-wrong, .row-doubtful").count() >= 6
    row(3, "email").fill("p3@river3.example")
    row(7, "email").fill("p7@river7.example")
    row(7, "signatory").fill(PEOPLE[7])
    row(7, "organisation").fill(ORGANISATIONS[7])
    row(11, "email").fill("p11@river11.example")
    row(15, "organisation").fill(ORGANISATIONS[15])
    row(15, "signatory").fill(PEOPLE[15])
    row(27, "organisation").fill(ORGANISATIONS[27])
    row(30, "email").fill("p30@river30.example")
    row(30, "signatory").fill(PEOPLE[30])
    row(30, "organisation").fill(ORGANISATIONS[30])
    desk.save()


def addresses_the_rest(desk: Desk, service: str, database, letter_id: str) -> None:
    """The one co-signer who came with the letter, and the minister."""
    desk.page.goto(f"{service}/letters/{letter_id}/cosigners/many")
    desk.page.get_by_label("Organisations, one on each line").fill("IFR, Karim Lahidji <karim@ifr.example>")
    desk.press("Check the list")
    desk.save()
    desk.page.goto(f"{service}/letters/{letter_id}")
    desk.page.get_by_label("Email address for Mary Ellery").fill("secretary@state.example")
    desk.press("Save", exact=True)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert len(row.invitations) == 41
        assert all(invitation.email for invitation in row.invitations)
        found = {i.organisation.name: (i.email, i.signatory) for i in row.invitations}
        for number, name in enumerate(ORGANISATIONS):
            assert found[name] == (f"p{number}@river{number}.example", PEOPLE[number]), name


def asks_for_signatures(desk: Desk, service: str, database, letter_id: str) -> None:
    desk.page.goto(f"{service}/letters/{letter_id}/ask?act=open_sign_off")
    assert "41" in desk.page.get_by_role("heading", name="41 emails").inner_text()
    desk.page.locator("textarea[name^=note]").first.fill("We meet the minister on Thursday: please answer before.")
    assert invitation_states(database, letter_id) == ["invited"] * 41
    desk.press("Send 41 emails")
    go_on(database, letter_id)
    assert state(database, letter_id) == "sign_off"
    assert len(link_ids(database, letter_id)) == 41


def lets_others_in(desk: Desk, service: str, database, letter_id: str) -> None:
    with database.reading() as session:
        campaign_id = session.get_one(Letter, letter_id).campaign_id
    for email, role in (("ben@lwv.example", "Coordinator"), ("carla@fund.example", "Auditor")):
        desk.page.goto(f"{service}/campaigns/{campaign_id}/people")
        desk.page.get_by_label("Email address", exact=True).first.fill(email)
        desk.page.get_by_label(role).first.check()
        desk.press("Add and send an email")
    with database.reading() as session:
        roles = [m.role for m in session.query(Membership).filter_by(campaign_id=campaign_id)]
    assert sorted(roles) == ["auditor", "coordinator", "coordinator"]


def begins_a_second_letter(desk: Desk, service: str, database, letter_id: str) -> None:
    with database.reading() as session:
        campaign_id = session.get_one(Letter, letter_id).campaign_id
    desk.page.goto(f"{service}/letters/new?campaign={campaign_id}")
    desk.page.locator("textarea[name=pasted]").fill(
        "The Ambassador of Valdoria\n\nDear Ambassador,\n\nPlease forward our letter to your capital.\n\nSincerely,"
    )
    desk.press("Import letter")
    desk.page.goto(f"{service}/campaigns/{campaign_id}")
    desk.page.get_by_role("link", name="Your visit to Valdoria").first.wait_for()
    assert desk.fits()
    with database.reading() as session:
        assert session.query(Letter).filter_by(campaign_id=campaign_id).count() == 2
        assert session.query(Campaign).count() == 1


def sends_it(desk: Desk, service: str, database, letter_id: str) -> None:
    for number in range(3):
        sign(database, letter_id, number)
    desk.page.goto(f"{service}/letters/{letter_id}")
    desk.press("Close signing")
    if state(database, letter_id) != "approved":
        desk.press("Close signing")
    jobs.render(database, letter_id)
    desk.page.goto(f"{service}/letters/{letter_id}/send")
    assert desk.fits()
    desk.page.get_by_label("I’ve checked the final document").check()
    desk.page.get_by_text("Send to the recipient…").click()
    desk.press("Yes, send it")
    assert fingerprint(database, letter_id)
    assert state(database, letter_id) == "sending"
    deliver(database, letter_id, [])
    act(database, dispatch.confirm, letter_id)
    desk.page.goto(f"{service}/letters/{letter_id}/send")
    desk.page.get_by_role("link", name="Word").first.wait_for()
    assert state(database, letter_id) == "sent"


def test_a_coordinator_goes_from_nothing_to_forty_invitations_and_a_letter_that_is_sent(desk, service, database):
    starts(desk)
    letter_id = takes_the_letter_in(desk, database)
    pastes_forty(desk, service, letter_id)
    put_right(desk)
    addresses_the_rest(desk, service, database, letter_id)
    asks_for_signatures(desk, service, database, letter_id)
    # Forty addresses were forty forms once: more than eighty presses.
    assert desk.presses <= 11, desk.seen

    lets_others_in(desk, service, database, letter_id)
    begins_a_second_letter(desk, service, database, letter_id)
    sends_it(desk, service, database, letter_id)

    assert findings(database, letter_id) == []
    with database.reading() as session:
        assert session.query(Invitation).filter_by(letter_id=letter_id).count() == 41
