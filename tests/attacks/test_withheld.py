"""One organisation must not be named: it is looked for in everything that everybody else can get."""

from __future__ import annotations

import email
import email.policy
import io
import json
import re
import subprocess
import zipfile

import pytest
from PIL import Image

from tests.support.browsing import TOKEN, arrived, invitation_id, signed_in
from tests.support.copies import Copies
from tests.support.factories import ANNA, act, answer, digest, fingerprint, link_ids, open_sign_off, terms, words
from tests.support.mailing import deliver
from workflow import accounts, documents, history, jobs
from workflow.campaigns import comments, dispatch, drafts, invitations, lifecycle, stationery
from workflow.campaigns.stationery import Choice, Standing
from workflow.letter import text
from workflow.mails import writing
from workflow.models import Delivery, Document, Letter, User
from workflow.pages.staff import cosigner_list
from workflow.signoffs import answers as signoff_answers
from workflow.signoffs import delegation, requests, review

TOKENS = (
    "xylograph", "quetzal", "guatemala", "tikal", "izabal", "chimaltenango", "mazatenango", "retalhuleu",
)  # fmt: skip
"""Its name, acronym, country and zone, contact, second contact, signatory, title and colleague; its own words."""

WITHHELD_NUMBER = 1


def secret_life(database) -> str:
    """The second of three lives everything that an organisation can live, and must be named to nobody."""
    letter_id = with_three(database)
    act(database, lifecycle.circulate, letter_id, ANNA)
    links = link_ids(database, letter_id)
    act(database, review.comment, links[0], digest(database, letter_id), 1, "A question of ours.")
    said = act(database, review.comment, links[1], digest(database, letter_id), 1, "Say it shorter.")
    act(database, comments.answer, letter_id, said.id, "We shall.", history.coordinator(staff_id(database)))
    suggestion = act(
        database,
        review.suggest,
        links[1],
        review.Suggestion(
            digest=digest(database, letter_id), paragraph=2, replaces="Second paragraph", replacement="The last one"
        ),
    )
    act(database, requests.ask_for_time, links[1], "Retalhuleu needs a week")
    act(database, comments.accept, letter_id, suggestion.id, ANNA)
    open_sign_off(database, letter_id)
    act(database, delegation.delegate, links[1], "Mx Izabal", "izabal@quetzal.example", sure=True)
    for number, name in enumerate(("Ann Alder", "Mx Izabal", "Zoe Zinn")):
        given = answer(database, letter_id, name=name, title="Chimaltenango" if number == 1 else "Director")
        act(database, signoff_answers.sign, link_ids(database, letter_id)[number], given)
    return letter_id


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    return Copies(tmp_path_factory.mktemp("copies"), secret_life)


@pytest.fixture
def settings(settings, copies, request):
    """Those of an instance in which it has lived all that, where a test asks for `lived`."""
    if "lived" not in request.fixturenames:
        yield settings
        return
    with copies.taken(settings, request) as copied:
        yield copied


@pytest.fixture
def lived(database):
    with database.reading() as session:
        return session.query(Letter).one().id


def with_three(database) -> str:
    asked = [
        text.Cosigner("Alder House", "", "", "", "alder@example.org"),
        text.Cosigner("Quetzal House", "XYLOGRAPH", "Mx Izabal", "Chimaltenango", "contact@quetzal.example", True),
        text.Cosigner("Zinnia House", "", "", "", "zinnia@example.org"),
    ]
    with database.writing() as session:
        open_terms = terms(comments_shared=True)
        letter_id = drafts.take_in(session, words(), asked, ANNA, dated=None, terms=open_terms).id
        coordinator = accounts.user(session, "coordinator@example.org", "Anna")
        accounts.join(session, session.get_one(Letter, letter_id).campaign_id, coordinator, "coordinator")
    number = invitation_id(database, letter_id, WITHHELD_NUMBER)
    saved = io.BytesIO()
    Image.new("RGB", (90, 30), "blue").save(saved, "PNG")
    act(database, stationery.set_logo, letter_id, number, documents.normalise(saved.getvalue(), "Quetzal"), ANNA)
    act(database, stationery.set_standing, letter_id, number, Standing(2, "Guatemala", confidential=True), ANNA)
    act(database, invitations.set_second_contact, letter_id, number, "tikal@quetzal.example", ANNA)
    act(database, invitations.set_reader, letter_id, number, ANNA, language="es", timezone="America/Guatemala")
    return letter_id


def staff_id(database) -> str:
    with database.reading() as session:
        return session.query(User).filter_by(email="coordinator@example.org").one().id


def hits(name: str, content: bytes) -> list[str]:
    """Where a token stands in bytes, or in what they are packed from."""
    found = []
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for inner in archive.namelist():
                found += hits(f"{name}!{inner}", archive.read(inner) + inner.encode())
    if content.startswith(b"%PDF"):
        for program in (["pdftotext", "-", "-"], ["pdfinfo", "-"]):
            read = subprocess.run(program, input=content, capture_output=True)
            found += hits(f"{name} by {program[0]}", read.stdout)
    # Every reader is offered the same zones; one that is selected would tell.
    folded = OFFERED.sub(b"", content).lower()
    return found + [f"{name}: {token}" for token in TOKENS if token.encode() in folded]


def every_address(app, database, letter_id: str, invitation: str) -> list[str]:
    """Every GET route, with all that may stand in it."""
    with database.reading() as session:
        stored = [sha256 for (sha256,) in session.query(Document.sha256)]
        campaign = session.get_one(Letter, letter_id).campaign_id
    known = {"letter_id": [letter_id], "invitation_id": [invitation], "number": [1, 2], "sha256": stored}
    known |= {
        "campaign_id": [campaign],
        "kind": ["docx"],
        "name": ["plain"],
        "token": ["x" * 43],
        "index": [0],
        "noun": ["link"],
        "sequence": range(entries_of(database, letter_id)),
        "part": ["opening"],
        "form": ["csv", "json", "docx"],
        "what": ["reminders", "digest"],
    }
    routes, found = app.url_map.bind("localhost"), []
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint == "static":
            continue
        values = [{}]
        for argument in rule.arguments:
            values = [{**value, argument: one} for value in values for one in known.get(argument, ["0" * 32])]
        found += [routes.build(rule.endpoint, value) for value in values]
    history_of = f"/letters/{letter_id}/history"
    searched = [f"{history_of}?{query}" for query in ("show=all", "show=emails", "show=settings", f"of={invitation}")]
    searched += [f"{history_of}.csv?show=all", f"{history_of}.json?show=all", f"{history_of}.docx?show=all"]
    places = (f"{history_of}?q=", "/audit?organisation=", "/audit?q=")
    searched += [f"{where}{words}" for where in places for words in SOUGHT]
    return sorted({*found, *searched, *(f"{address}?since=1" for address in found if address.endswith(invitation))})


SOUGHT = ("house", "alder")


def entries_of(database, letter_id: str) -> int:
    with database.reading() as session:
        return len(history.entries(session, letter_id))


def looked_at(client, addresses: list[str], shown: int) -> list[str]:
    """What stands where it must not, in pages of which so many at least are really shown."""
    found, answered = [], []
    for address in addresses:
        if address.startswith("/mailbox"):
            continue  # The operator's own look at all mails; it is there in development only.
        page = client.get(address)
        answered.append(page.status_code)
        found += hits(address, page.data + str(page.headers).encode())
    assert max(answered) < 429
    assert answered.count(200) >= shown
    return found


def auditor_of(app, database, letter_id: str):
    client = signed_in(app, database, "auditor@example.org", admin=False)
    with database.writing() as session:
        auditor = session.query(User).filter_by(email="auditor@example.org").one()
        accounts.join(session, session.get_one(Letter, letter_id).campaign_id, auditor, "auditor")
    return client


def test_no_page_names_it_to_another_co_signer_an_auditor_or_a_stranger(app, settings, database, monkeypatch, lived):
    monkeypatch.setattr(documents, "libreoffice", lambda: None)
    letter_id = lived
    mine, theirs = (invitation_id(database, letter_id, number) for number in (0, WITHHELD_NUMBER))
    other, _ = arrived(app, database, settings, letter_id, 0)
    auditor, stranger = auditor_of(app, database, letter_id), app.test_client()
    for step in ("before", "approved"):
        if step == "approved":
            act(database, stationery.choose, letter_id, Choice("logos", "country", "alphabet"), ANNA)
            act(database, lifecycle.approve, letter_id, ANNA)
            jobs.render(database, letter_id)
        assert looked_at(other, every_address(app, database, letter_id, mine), 6) == []
        assert looked_at(auditor, every_address(app, database, letter_id, theirs), 8) == []
        assert looked_at(stranger, every_address(app, database, letter_id, theirs), 3) == []


def test_an_auditors_page_says_that_there_is_one_and_puts_it_last(app, settings, database, lived):
    letter_id = lived

    page = auditor_of(app, database, letter_id).get(f"/letters/{letter_id}/cosigners").text

    assert page.index("Alder House") < page.index("Zinnia House") < page.index("An organisation, name withheld")
    coordinator = signed_in(app, database, "coordinator@example.org", admin=False)
    assert "Quetzal House (XYLOGRAPH)" in coordinator.get(f"/letters/{letter_id}/cosigners").text


OFFERED = re.compile(rb'<option value="[A-Z][A-Za-z]+/[^"]+"\s*>[^<]*</option>')
NOUNS = {"noun", "kind", "letter_id", "invitation_id", "token", "campaign_id", "user_id", "link_id"}
"""What an address may hold of what is asked for."""

SEARCHES = (
    "quetzal",
    "Quetzal House",
    "xylo",
    "chimal",
    "izabal",
    "tikal@quetzal.example",
    "e",
    "house",
    "alder quetzal",
)


def test_no_search_filter_order_or_page_of_the_list_tells_an_auditor_who_it_is(app, settings, database):
    """What an auditor gets is the same whatever the withheld organisation is called and wherever it stands."""
    asked = [f"order={order}" for order in cosigner_list.ORDERS] + [f"show={show}" for show in cosigner_list.SHOWN]
    searched = [f"q={words}&order={order}" for words in SEARCHES for order in ("name", "answered")]
    got = set()
    for name, place in ((SHORT, 1), (LONG, 0), ("Zzzz", 2)):
        letter_id, _ = another(database, name, place)
        secret = invitation_id(database, letter_id, place)
        auditor = auditor_of(app, database, letter_id)
        pages = {
            query: auditor.get(f"/letters/{letter_id}/cosigners?{query}").text
            for query in (*asked, *searched, *(f"{one}&after={secret}" for one in asked))
        }
        assert "Zinnia House" in pages["q=house&order=name"]
        assert not [query for query in searched if "name withheld" in pages[query]]
        got.add(
            re.sub(r'csrf_token" value="[^"]+|[0-9a-f]{32}|\d+ \w+ 20\d\d[^<]*', "", str(pages).replace(secret, ""))
        )
    assert len(got) == 1


def test_no_refusal_names_it(app, settings, database):
    """What is refused is said with reasons; none of them is told to somebody who must not know."""
    letter_id = with_three(database)
    open_sign_off(database, letter_id)
    other, page = arrived(app, database, settings, letter_id, 0)
    mine, theirs = (invitation_id(database, letter_id, number) for number in (0, WITHHELD_NUMBER))
    form = {"csrf_token": TOKEN.search(page.text)[1], "digest": "0" * 64, "choice": "sign", "name": "A", "words": "x"}
    auditor, found = auditor_of(app, database, letter_id), []
    with database.reading() as session:
        campaign = session.get_one(Letter, letter_id).campaign_id
    routes = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.arguments - NOUNS:
            continue
        for client, invitation in ((other, mine), (other, theirs), (auditor, theirs), (app.test_client(), theirs)):
            nouns = {"noun": "link", "kind": "logo", "letter_id": letter_id, "invitation_id": invitation, "token": "x"}
            nouns |= {"campaign_id": campaign, "user_id": "0" * 32, "link_id": "0" * 32}
            address = routes.build(rule.endpoint, {name: nouns[name] for name in rule.arguments}, method="POST")
            if address != "/sign-out":
                answered = client.post(address, data=form)
                assert answered.status_code < 500, address
                found += hits(address, answered.data)

    assert found == []


def test_no_mail_to_anybody_else_names_it(app, database, monkeypatch, lived):
    monkeypatch.setattr(documents, "libreoffice", lambda: None)
    letter_id = lived
    act(database, lifecycle.approve, letter_id, ANNA)
    jobs.render(database, letter_id)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    deliver(database, letter_id, [])
    act(database, dispatch.confirm, letter_id)

    with database.reading() as session:
        queued = session.query(Delivery).filter_by(letter_id=letter_id).all()
        others = [m for m in queued if not m.address.endswith("quetzal.example") and m.kind != "notice"]
        found = [hit for mail in others for hit in in_mail(mail.kind, writing.write(session, mail))]

    assert {mail.kind for mail in others} >= {"invitation", "revised", "receipt", "letter", "copy"}
    assert found == []


def in_mail(kind: str, mime: bytes) -> list[str]:
    message = email.message_from_bytes(mime, policy=email.policy.default)
    found = hits(kind, str(message.items()).encode())
    for part in message.walk():
        found += hits(
            f"{kind} {part.get_filename()}", (part.get_payload(decode=True) or b"") + str(part.items()).encode()
        )
    return found


def test_the_log_says_nothing_that_a_known_organisation_could_be_compared_with(app, database, monkeypatch, lived):
    """No digest of a logo that is known, no zone, no place among the names by alphabet."""
    monkeypatch.setattr(documents, "libreoffice", lambda: None)
    letter_id = lived
    act(database, stationery.choose, letter_id, Choice("plain", "one", "alphabet"), ANNA)
    act(database, lifecycle.approve, letter_id, ANNA)
    jobs.render(database, letter_id)

    with database.reading() as session:
        entries = history.entries(session, letter_id)
        invitation = session.get_one(Letter, letter_id).invitations[WITHHELD_NUMBER]
        logo, sequence = invitation.organisation.logo_sha256, invitation.signoffs[-1].sequence
    assert not [entry for entry in entries if logo in json.dumps(entry.about)]
    rendered = next(entry for entry in entries if entry.action == "document.rendered")
    assert rendered.about["signoffs"][-1] == sequence


def test_no_pdf_shows_it(app, settings, database, lived):
    if documents.libreoffice() is None or settings.database_url:
        pytest.skip("LibreOffice is not installed, or was asked already")
    letter_id = lived
    act(database, stationery.choose, letter_id, Choice("logos", "country", "alphabet"), ANNA)
    other, _ = arrived(app, database, settings, letter_id, 0)

    made = other.get(f"/review/{invitation_id(database, letter_id, 0)}/letter.pdf")

    shown = subprocess.run(["pdftotext", "-", "-"], input=made.data, capture_output=True).stdout.decode()
    assert "Ann Alder" in shown
    assert "one organisation whose name is withheld" in re.sub(r"\s+", " ", shown)
    assert shown.index("Ann Alder") < shown.index("Zoe Zinn") < shown.index("name is withheld")
    assert hits("letter.pdf", made.data + str(made.headers).encode()) == []
    act(database, lifecycle.approve, letter_id, ANNA)
    jobs.render(database, letter_id)
    with database.reading() as session:
        sent = [stored.content for stored in session.query(Document) if stored.content.startswith(b"%PDF")]
    assert [hits("as sent", content) for content in sent] == [[]]
    images = subprocess.run(["pdfimages", "-list", "-"], input=made.data, capture_output=True).stdout.decode()
    assert len(images.splitlines()) <= 2


SHORT, LONG = "Q", "Quetzal House of Chimaltenango and Retalhuleu " * 4


def another(database, name: str, place: int) -> tuple[str, int]:
    """A letter of three; the one at `place` is withheld, the others write and sign the same in the same order."""
    asked = [
        text.Cosigner("Alder House", "", "Ann Alder", "", "alder@example.org"),
        text.Cosigner("Zinnia House", "", "Zoe Zinn", "", "zinnia@example.org"),
    ]
    asked.insert(place, text.Cosigner(name, "", name, name, "contact@quetzal.example"))
    with database.writing() as session:
        letter_id = drafts.take_in(session, words(), asked, ANNA, dated=None, terms=terms(comments_shared=True)).id
    number = invitation_id(database, letter_id, place)
    act(database, stationery.set_standing, letter_id, number, Standing(place + 1, "", confidential=True), ANNA)
    open_sign_off(database, letter_id)
    links = link_ids(database, letter_id)
    known = [one for one in range(3) if one != place]
    for one in (known[0], place, known[1]):
        act(database, review.comment, links[one], digest(database, letter_id), 1, "Say it shorter.", shared=True)
    for one in (place, *known):
        act(
            database, signoff_answers.sign, links[one], answer(database, letter_id, name=asked[one].signatory, title="")
        )
    return letter_id, known[0]


def test_neither_the_length_of_its_name_nor_its_place_changes_what_others_get(app, settings, database, monkeypatch):
    """Byte by byte, but for what is drawn by lot: pages, refusals, a file's name and the words of the document."""
    monkeypatch.setattr(documents, "libreoffice", lambda: None)
    got = set()
    for name, place in ((SHORT, 1), (LONG, 1), (LONG, 0), (SHORT, 2)):
        letter_id, reader_number = another(database, name, place)
        client, page = arrived(app, database, settings, letter_id, reader_number)
        own = page.request.path
        refused = client.post(f"{own}/retraction", data={"csrf_token": TOKEN.search(page.text)[1], "word": "no"})
        other = client.get(f"/review/{invitation_id(database, letter_id, place)}")
        document = client.get(f"{own}/letter.docx")
        with zipfile.ZipFile(io.BytesIO(document.data)) as archive:
            words_of_it = archive.read("word/document.xml").decode()
        answers = (page.text, refused.text.partition("<details")[0], other.text, words_of_it)
        named = (document.headers["Content-Disposition"], page.status_code, refused.status_code, other.status_code)
        got.add(
            (*(re.sub(r"\b[0-9a-f]{12,64}\b|\d\d:\d\d|csrf_token\" value=\"[^\"]+", "", one) for one in answers), named)
        )

    assert len(got) == 1
    assert "Say it shorter." in next(iter(got))[0]
