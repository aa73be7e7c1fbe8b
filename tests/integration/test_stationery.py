"""What a letter is printed on: letterheads, layouts, orders, logos; and names that are withheld."""

import email
import email.policy
import io
import zipfile

import docx
import pytest
from PIL import Image, ImageDraw

from tests.support.factories import ANNA, act, answer, approved, link_ids, open_sign_off, take_in, words
from workflow import documents, jobs
from workflow.campaigns import dispatch, lifecycle, printing, stationery
from workflow.campaigns import invitations as campaign_invitations
from workflow.campaigns.roster import roster
from workflow.campaigns.stationery import Choice, Standing
from workflow.documents import compile_letterhead
from workflow.errors import NotFoundError, RefusedError
from workflow.history import evidence
from workflow.letter import text
from workflow.mails import writing
from workflow.models import Delivery, Document, Letter
from workflow.signoffs import answers

PRINTED = Choice("plain", "automatic", "agreed")


def logo(colour="red"):
    picture = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    ImageDraw.Draw(picture).rectangle((0, 0, 299, 99), fill=colour)
    saved = io.BytesIO()
    picture.save(saved, "PNG")
    return documents.normalise(saved.getvalue(), "Logo")


def invitations(database, letter_id):
    with database.reading() as session:
        return [i.id for i in session.get_one(Letter, letter_id).invitations]


def printed(database, letter_id):
    """The names below the letter, and its parts, as the newest document has them."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        made = printing.renderings(session, row)
        return zipfile.ZipFile(io.BytesIO(session.get_one(Document, made[-1].docx_sha256).content))


def rendered(database, letter_id):
    jobs.render(database, letter_id)
    return printed(database, letter_id).read("word/document.xml").decode()


@pytest.fixture(autouse=True)
def no_pdf(monkeypatch):
    monkeypatch.setattr(documents, "libreoffice", lambda: None)


def order(database, letter_id):
    with database.reading() as session:
        return [s.name for s in roster(session, session.get_one(Letter, letter_id)).printed]


def signed_backwards(database):
    """Three have signed, the last first: Zebra, Álamo, Mango in the list."""
    letter_id = take_in(database)
    with database.writing() as session:
        for invitation, name in zip(
            session.get_one(Letter, letter_id).invitations, ("Zebra", "Álamo", "Mango"), strict=True
        ):
            invitation.organisation.name = name
    open_sign_off(database, letter_id)
    for number in (2, 1, 0):
        given = answer(database, letter_id, name=("Zoe", "Ana", "Mia")[number])
        act(database, answers.sign, link_ids(database, letter_id)[number], given)
    return letter_id


@pytest.mark.parametrize(
    ("ordering", "names"),
    [("agreed", ["Zoe", "Ana", "Mia"]), ("alphabet", ["Ana", "Mia", "Zoe"]), ("time", ["Mia", "Ana", "Zoe"])],
)
def test_the_names_stand_in_the_order_that_the_coordinator_chose(database, ordering, names):
    letter_id = signed_backwards(database)

    act(database, stationery.choose, letter_id, Choice("plain", "automatic", ordering), ANNA)

    assert order(database, letter_id) == names


def test_founders_stand_before_all_others(database):
    letter_id = signed_backwards(database)
    act(database, stationery.choose, letter_id, Choice("plain", "automatic", "alphabet"), ANNA)

    act(
        database,
        stationery.set_standing,
        letter_id,
        invitations(database, letter_id)[0],
        Standing(1, founder=True),
        ANNA,
    )

    assert order(database, letter_id) == ["Zoe", "Ana", "Mia"]


def test_a_co_signer_is_moved_in_the_list(database):
    letter_id = signed_backwards(database)

    act(database, stationery.set_standing, letter_id, invitations(database, letter_id)[2], Standing(1), ANNA)

    assert order(database, letter_id) == ["Mia", "Zoe", "Ana"]


def test_another_layout_makes_the_documents_anew(database):
    letter_id = approved(database)
    before = rendered(database, letter_id)
    with database.reading() as session:
        fingerprint = printing.fingerprint(session.get_one(Letter, letter_id))

    act(database, stationery.choose, letter_id, Choice("plain", "three", "agreed"), ANNA)

    assert rendered(database, letter_id) != before
    with pytest.raises(RefusedError, match="Open the document"):
        act(database, dispatch.dispatch, letter_id, fingerprint, ANNA)


def test_a_letter_that_is_approved_keeps_its_letterhead_until_sign_off_is_open_again(database):
    letter_id = approved(database)
    compiled = compile_letterhead(documents.built_in("logos").source)

    with pytest.raises(RefusedError, match="was approved on its letterhead"):
        act(database, stationery.choose, letter_id, Choice("many", "automatic", "agreed"), ANNA)
    with pytest.raises(RefusedError, match="was approved on its letterhead"):
        act(database, stationery.add_letterhead, letter_id, "Ours", compiled, ANNA)

    act(database, lifecycle.reopen, letter_id, ANNA)
    act(database, stationery.choose, letter_id, Choice("many", "automatic", "agreed"), ANNA)
    act(database, lifecycle.approve, letter_id, ANNA)
    assert rendered(database, letter_id)


def test_a_campaigns_own_letterhead_is_kept_and_printed_on(database):
    letter_id = approved(database)
    compiled = compile_letterhead(documents.built_in("logos").source)
    act(database, lifecycle.reopen, letter_id, ANNA)

    kept = act(database, stationery.add_letterhead, letter_id, "  Ours ", compiled, ANNA)
    act(database, lifecycle.approve, letter_id, ANNA)
    act(database, stationery.set_logo, letter_id, invitations(database, letter_id)[1], logo(), ANNA)

    xml = rendered(database, letter_id)
    assert 'descr="Logo of Organisation B"' in xml
    assert any(name.startswith("word/media/") for name in printed(database, letter_id).namelist())
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        assert [(one.name, one.id) for one in printing.letterheads(session, row)] == [("Ours", kept.id)]
        assert row.letterhead == kept.id


def test_the_letterhead_of_another_campaign_is_not_there(database):
    ours, theirs = take_in(database), take_in(database)
    compiled = compile_letterhead(documents.built_in("plain").source)
    kept = act(database, stationery.add_letterhead, theirs, "Theirs", compiled, ANNA)

    with pytest.raises(NotFoundError):
        act(database, stationery.choose, ours, Choice(kept.id, "automatic", "agreed"), ANNA)


@pytest.mark.parametrize("choice", [Choice("plain", "sideways", "agreed"), Choice("plain", "one", "by chance")])
def test_what_cannot_be_chosen_is_refused(database, choice):
    letter_id = take_in(database)

    with pytest.raises(RefusedError, match="Select a signature layout"):
        act(database, stationery.choose, letter_id, choice, ANNA)


def test_nothing_of_the_paper_changes_once_a_letter_is_withdrawn(database):
    letter_id = take_in(database)
    act(database, lifecycle.withdraw, letter_id, "Not now.", ANNA)

    for what, arguments in (
        (stationery.choose, (Choice("many", "one", "agreed"),)),
        (stationery.set_logo, (invitations(database, letter_id)[0], logo())),
        (stationery.set_standing, (invitations(database, letter_id)[0], Standing(2))),
    ):
        with pytest.raises(RefusedError, match="withdrawn"):
            act(database, what, letter_id, *arguments, ANNA)


# --- names that are withheld -----------------------------------------------------------------------------------------

CANARY = "Quetzalcoatl"


def confidential_life(database):
    """The second of three has a name that nobody must get; all have signed, the documents are made."""
    letter_id = take_in(database, count=0)
    for number, name in enumerate(("Open House", f"{CANARY} House", "Third House")):
        asked = text.Cosigner(name, CANARY[:5] if number == 1 else "", "", "", f"{name.split()[0].lower()}@example.org")
        made = act(database, campaign_invitations.invite, letter_id, asked, ANNA)
        if number == 1:
            act(database, stationery.set_logo, letter_id, made.id, logo("blue"), ANNA)
            act(database, stationery.set_standing, letter_id, made.id, Standing(2, CANARY, confidential=True), ANNA)
    open_sign_off(database, letter_id)
    for number, name in enumerate(("Ann", f"Mx {CANARY}", "Cid")):
        given = answer(database, letter_id, name=name, title=f"Head of {CANARY}" if number == 1 else "Director")
        act(database, answers.sign, link_ids(database, letter_id)[number], given)
    act(database, stationery.choose, letter_id, Choice("logos", "country", "alphabet"), ANNA)
    act(database, lifecycle.approve, letter_id, ANNA)
    jobs.render(database, letter_id)
    return letter_id


def test_a_withheld_name_is_in_no_document_and_is_counted(database):
    letter_id = confidential_life(database)

    whole = printed(database, letter_id)

    assert not [name for name in whole.namelist() if CANARY.encode() in whole.read(name)]
    assert "and one organisation whose name is withheld" in whole.read("word/document.xml").decode()
    assert not [name for name in whole.namelist() if "media" in name]


def test_a_withheld_name_is_in_no_part_of_the_evidence_which_still_holds(database):
    letter_id = confidential_life(database)

    with database.reading() as session:
        files = evidence.files(session, letter_id)
        report = evidence.verify(session, letter_id)

    assert not [name for name, content in files.items() if CANARY.casefold().encode() in content.lower()]
    assert not report.invalid


def test_a_withheld_name_is_in_no_mail_to_anybody_else(database):
    letter_id = confidential_life(database)
    with database.reading() as session:
        fingerprint = printing.fingerprint(session.get_one(Letter, letter_id))
    act(database, dispatch.dispatch, letter_id, fingerprint, ANNA)

    with database.reading() as session:
        queued = session.query(Delivery).filter_by(letter_id=letter_id).all()
        others = [mail for mail in queued if not mail.address.startswith(CANARY.lower())]
        built = [everything_in(writing.write(session, mail)) for mail in others]

    assert len(built) >= 5
    assert not [content for content in built if CANARY.casefold().encode() in content.lower()]


def everything_in(mime):
    """A mail's headers, parts and attachments, decoded and unpacked."""
    message = email.message_from_bytes(mime, policy=email.policy.default)
    found = [str(message.items()).encode()]
    for part in message.walk():
        content = part.get_payload(decode=True) or b""
        found.append(content)
        if content.startswith(b"PK"):
            archive = zipfile.ZipFile(io.BytesIO(content))
            found += [archive.read(name) for name in archive.namelist()]
    return b"\n".join(found)


def test_a_name_that_a_document_prints_already_cannot_be_withheld(database):
    letter_id = approved(database)
    jobs.render(database, letter_id)

    with pytest.raises(RefusedError, match="already"):
        act(
            database, stationery.set_standing, letter_id, invitations(database, letter_id)[0],
            Standing(1, confidential=True), ANNA,
        )  # fmt: skip


def test_each_office_gets_its_own_address_and_the_same_text(database):
    offices = tuple(text.Recipient(f"Minister {n}", "", f"Ministry {n}", (), f"m{n}@example.org") for n in range(3))
    letter_id = take_in(database, 1, letter=words(recipients=offices))
    open_sign_off(database, letter_id)
    act(database, answers.sign, link_ids(database, letter_id)[0], answer(database, letter_id))
    act(database, lifecycle.approve, letter_id, ANNA)

    jobs.render(database, letter_id)

    with database.reading() as session:
        made = printing.renderings(session, session.get_one(Letter, letter_id))
        pages = [docx.Document(io.BytesIO(session.get_one(Document, one.docx_sha256).content)) for one in made]
    lines = [[p.text for p in page.paragraphs] for page in pages]
    assert [page[:2] for page in lines] == [[f"Minister {n}", f"Ministry {n}"] for n in range(3)]
    assert lines[0][2:] == lines[1][2:] == lines[2][2:]
