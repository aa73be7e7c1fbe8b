"""What is refused to staff comes back as the page with the form in it: as it was typed, and what is wrong beside it."""

import io

import pytest

from tests.support.browsing import csrf, field, read, signed_in
from tests.support.cases import each
from tests.support.factories import ANNA, BODY, act, open_sign_off, sign, take_in, words
from workflow import __version__
from workflow.campaigns import drafts, lifecycle
from workflow.models import Letter
from workflow.signoffs import review


@pytest.fixture
def client(app, database):
    return signed_in(app, database)


@pytest.fixture
def letter_id(database):
    return take_in(database, 2)


def ids(database, letter_id):
    """The ids that addresses are made of."""
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        return {"i": row.invitations[0].id, "r": row.recipients[0].id}


def sent(client, letter_id, where, **fields):
    token = csrf(client.get(f"/letters/{letter_id}"))
    return client.post(f"/letters/{letter_id}/{where}", data={"csrf_token": token, **fields})


def summary(page):
    """The errors at the top: their words, and what they lead to."""
    box = next(one for one in read(page).find_class("bad") if one.get("role") == "alert")
    return {link.text_content(): link.get("href").removeprefix("#") for link in box.iter("a")}


LONG = "A <slip>. " * 1200
WRONG = {
    "the reason of a revision": ("revision", {"reason": LONG}, "reason", "at most 10000 characters"),
    "no reason": ("revision", {"reason": " "}, "reason", "Enter a reason"),
    "no reason to cancel": ("withdrawal", {"reason": ""}, "reason", "Enter a reason"),
    "no tick": ("dispatch", {"fingerprint": "0", "at": "2031-01-01T10:00"}, "looked", "check it, then tick"),
    "a zone": ("terms", {"timezone": "Paris", "minimum": "3", "deadline": "2031-01-01T10:00"}, "timezone", "“Paris”"),
    "no date": ("terms", {"timezone": "UTC", "minimum": "3", "deadline": "soon"}, "deadline", "Enter a date"),
    "a deadline in the past": (
        "terms", {"timezone": "UTC", "minimum": "3", "deadline": "2001-01-01T10:00"}, "deadline", "in the past"),
    "a deadline out of reach": (
        "terms", {"timezone": "UTC", "minimum": "3", "deadline": "9001-01-01T10:00"}, "deadline", "years ahead"),
    "no minimum": ("terms", {"timezone": "UTC", "minimum": "many"}, "minimum", "Enter a number from 1"),
    "hours": ("terms", {"timezone": "UTC", "minimum": "3", "objection_hours": "-4"}, "objection_hours", "0 to 720"),
    "no organisation": ("invitations", {"organisation": "", "signatory": "Ann"}, "organisation", "Enter the name"),
    "an address to invite": ("invitations", {"organisation": "X", "email": "x@"}, "email", "x@"),
    "who is invited already": ("invitations", {"organisation": "Organisation A"}, "organisation", "already"),
    "a contact": ("invitations/{i}/contact", {"email": "a b@example.org"}, "email", "not an email address"),
    "no contact": ("invitations/{i}/contact", {"email": ""}, "email", "Enter an email address"),
    "a second contact": ("invitations/{i}/second-contact", {"email": "nobody"}, "email", "not an email address"),
    "the same contact": ("invitations/{i}/second-contact", {"email": "a@example.org"}, "email", "already a contact"),
    "a reader's zone": ("invitations/{i}/reader", {"language": "fr", "timezone": "Paris"}, "timezone", "“Paris”"),
    "a reader's language": ("invitations/{i}/reader", {"language": "xx"}, "language", "Select a language"),
    "a recipient's address": ("recipients/{r}/address", {"email": "office"}, "email", "not an email address"),
}  # fmt: skip
"""What is sent where, the field that is wrong, and what is said of it."""


@pytest.fixture(params=["a draft", "open", "approved"])
def brought_to(request, database, letter_id):
    """A letter, and what can be wrong in the forms that it shows now."""
    steps = {"revision": "open", "dispatch": "approved"}
    cases = {name: case for name, case in WRONG.items() if steps.get(case[0], "a draft") == request.param}
    if request.param == "a draft":
        # The form for an address is there while one is missing.
        act(database, drafts.edit, letter_id, words(recipients=(_nobody(),)), ANNA, version=1, dated=None)
    else:
        _bring_to(database, letter_id, next(case[0] for case in cases.values()))
    return letter_id, cases


def test_what_is_wrong_is_said_at_its_field_and_all_that_was_typed_is_there(client, database, brought_to, subtests):
    letter_id, cases = brought_to
    for name, case in cases.items():
        with subtests.test(name):
            is_said_at_its_field(client, database, letter_id, *case)


def is_said_at_its_field(client, database, letter_id, where, typed, wrong, said):
    where = where.format(**ids(database, letter_id))
    page = sent(client, letter_id, where, **typed)

    form = where.replace("/", "-")
    assert page.status_code == 400
    assert read(page).find(".//title").text.startswith("Error: ")
    for name, value in typed.items():
        if (name, value) not in {("fingerprint", "0"), ("language", "xx")}:
            assert _shown(page, form, name) == value
    why = next(one for one in field(page, form, wrong)[1] if said in one)
    assert summary(page)[why.strip()] == f"{form}-{wrong}"


def _shown(page, form, name):
    found = read(page).get_element_by_id(f"{form}-{name}")
    return found.value.strip("\n") if found.tag == "textarea" else found.value or ""


def _nobody():
    from workflow.letter import text

    return text.Recipient("Jane Doe", "Minister", "Ministry", (), "")


def _bring_to(database, letter_id, where):
    open_sign_off(database, letter_id)
    if where == "dispatch":
        sign(database, letter_id)
        act(database, lifecycle.approve, letter_id, ANNA)


def test_what_is_folded_away_is_open_where_something_in_it_is_wrong(client, database, letter_id):
    page = sent(client, letter_id, "invitations", organisation="")

    folds = [one for one in read(page).iter("details") if "open" in one.attrib]
    assert len(folds) == 1
    assert folds[0].xpath('.//*[@id="invitations-organisation"]')


def test_a_form_of_a_co_signer_that_is_refused_comes_back_on_its_own_page(client, database, letter_id):
    invitation = ids(database, letter_id)["i"]

    page = sent(client, letter_id, f"invitations/{invitation}/reader", timezone="Paris")

    assert "Organisation A" in read(page).find(".//h1").text_content()
    assert "Organisation B" not in page.text


def test_a_step_that_cannot_be_taken_now_is_said_on_the_letters_page(client, database, letter_id):
    for step, why in (("approval", "draft"), ("dispatch", "check once more")):
        page = sent(client, letter_id, step, looked="y", fingerprint="0")
        assert page.status_code == 409
        assert why in " ".join(summary(page))
        assert read(page).get_element_by_id("step") is not None

    # What emails several people is shown before, and why it cannot be sent stands there.
    assert sent(client, letter_id, "reopening").headers["Location"].endswith("/ask?act=reopen")

    open_sign_off(database, letter_id)
    page = sent(client, letter_id, "approval")

    assert page.status_code == 409
    (refused,) = read(page).get_element_by_id("approval").find_class("error")
    assert refused.text_content() in summary(page)


def test_a_comment_that_is_not_answered_keeps_the_words(client, database, letter_id):
    open_sign_off(database, letter_id)
    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[0]
        link, shown = invitation.link.id, session.get_one(Letter, letter_id).revision.digest
    comment = act(database, review.comment, link, shown, 1, "Is this true?").id

    empty = sent(client, letter_id, f"comments/{comment}/reply", words=" ")
    long = sent(client, letter_id, f"comments/{comment}/reply", words=LONG)

    assert (empty.status_code, long.status_code) == (400, 400)
    assert "Enter your reply." in summary(empty)
    assert field(long, f"comments-{comment}-reply", "words")[0].strip() == LONG.strip()


def draft(client, letter_id, **changes):
    typed = {"version": "1", "language": "en", "body": "My own words.", "subject": "My subject"}
    return sent(client, letter_id, "draft", **(typed | changes))


@each(
    ("changes", "wrong", "said"),
    [
        ({"recipient-2-name": "John", "recipient-2-email": "john"}, "recipient-2-email", "not an email address"),
        ({"language": ""}, "language", "Enter the language"),
        ({"language": "no language at all"}, "language", "like en"),
        ({"date": "tomorrow"}, "date", "Enter a date"),
        ({"subject": "s" * 501}, "subject", "at most 500 characters"),
        ({"body": "[" * 5001}, "body", "brackets"),
    ],
)
def test_a_draft_that_is_wrong_comes_back_whole(client, database, letter_id, changes, wrong, said):
    page = draft(client, letter_id, **changes)

    assert page.status_code == 400
    for name, value in {"body": "My own words.", "subject": "My subject", **changes}.items():
        assert _shown(page, "draft", name) == value
    assert said in " ".join(field(page, "draft", wrong)[1])
    assert f"draft-{wrong}" in summary(page).values()


def test_a_draft_that_was_overtaken_is_saved_when_it_is_sent_again(client, database, letter_id):
    act(database, drafts.edit, letter_id, words(body="Theirs."), ANNA, version=1, dated=None)

    overtaken = draft(client, letter_id)
    version = read(overtaken).xpath('//input[@name="version"]')[0].get("value")
    saved = draft(client, letter_id, version=version)

    assert (overtaken.status_code, saved.status_code) == (409, 303)
    assert "Theirs." in overtaken.text
    with database.reading() as session:
        assert session.get_one(Letter, letter_id).body == "My own words."


def test_a_draft_of_a_letter_that_is_out_keeps_the_words(client, database, letter_id):
    open_sign_off(database, letter_id)

    page = draft(client, letter_id)

    assert page.status_code == 409
    assert _shown(page, "draft", "body") == "My own words."
    with database.reading() as session:
        assert session.get_one(Letter, letter_id).body == BODY


@each(
    ("where", "typed", "wrong", "said"),
    [
        ("paper", {"letterhead": "many", "layout": "sideways", "ordering": "alphabet"}, "layout", "Select a signature"),
        ("paper", {"letterhead": "many", "layout": "two", "ordering": "by chance"}, "ordering", "Select an order"),
        ("letterheads", {"name": "Ours"}, "file", "Choose the letterhead"),
        ("letterheads", {"name": "n" * 81}, "name", "at most 80 characters"),
        ("invitations/{i}/standing", {"position": "first", "country": "Peru"}, "position", "Enter a number"),
        ("invitations/{i}/logo", {}, "file", "Choose"),
    ],
)
def test_what_is_wrong_with_the_layout_is_said_at_its_field(client, database, letter_id, where, typed, wrong, said):
    where = where.format(**ids(database, letter_id))

    page = sent(client, letter_id, where, **typed)

    form = where.replace("/", "-")
    assert page.status_code == 400
    assert said in " ".join(field(page, form, wrong)[1])
    assert f"{form}-{wrong}" in summary(page).values()
    for name in {"name", "position", "country"} & set(typed):
        assert _shown(page, form, name) == typed[name]
    if "letterhead" in typed:
        assert [one.get("value") for one in read(page).xpath('//*[@name="letterhead"][@checked]')] == ["many"]


@each(
    ("sent_along", "wrong", "said"),
    [
        ({"pasted": " \n"}, "pasted", "Paste the text"),
        ({"pasted": "x" * 300_000}, "pasted", "characters"),
        ({"file": (b"PK\x03\x04 zipped", "t.docx")}, "file", "is damaged"),
    ],
)
def test_a_letter_that_cannot_be_read_is_said_where_it_was_given(client, sent_along, wrong, said):
    token = csrf(client.get("/letters/new"))
    # Each request closes the file that it sent.
    typed = {name: (io.BytesIO(one[0]), one[1]) if isinstance(one, tuple) else one for name, one in sent_along.items()}

    page = client.post("/letters", data={"csrf_token": token, **typed})

    assert page.status_code == 400
    assert said in " ".join(field(page, "letters", wrong)[1])


def test_an_address_to_sign_in_with_comes_back(app):
    client = app.test_client()

    page = client.post("/sign-in", data={"csrf_token": csrf(client.get("/sign-in")), "email": "anna at home"})

    assert page.status_code == 400
    value, said = field(page, "sign-in", "email")
    assert value == "anna at home"
    assert "not an email address" in " ".join(said)


def test_what_was_done_is_said_where_it_was_done(client, database, letter_id):
    invitation = ids(database, letter_id)["i"]

    answer = sent(client, letter_id, f"invitations/{invitation}/contact", email="new@example.org")
    page = client.get(answer.location)

    assert answer.location.endswith(f"/invitations/{invitation}")
    (said,) = read(page).find_class("done")
    assert said.text_content().strip() == "Saved."
    assert "Saved." not in client.get(answer.location).text
    open_sign_off(database, letter_id)
    answer = sent(client, letter_id, f"invitations/{invitation}/contact", email="newer@example.org")
    (said,) = read(client.get(answer.location)).find_class("done")
    mails = "new@example.org (note that the contact was changed) and newer@example.org (invitation)"
    assert said.text_content().strip() == f"Saved. On its way: {mails}."


def test_pages_of_staff_say_which_version_runs_and_those_of_strangers_do_not(app, client):
    said = f"Undersigned {__version__}"

    assert said in client.get("/letters").text
    assert said not in app.test_client().get("/sign-in").text
