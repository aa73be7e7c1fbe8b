"""The pages over HTTP, on both databases: who sees what, what a GET never does, what a scanner cannot do."""

import re
from dataclasses import dataclass

import pytest

from tests.support.browsing import (
    arrived,
    csrf,
    invitation_id,
    link,
    read,
    shown_first,
    signed_in,
    whole_answer,
)
from tests.support.cases import each
from tests.support.factories import (
    ANNA,
    BODY,
    act,
    invitation_states,
    mails,
    open_sign_off,
    sign,
    state,
    take_in,
    words,
)
from workflow import accounts, deliveries, history, jobs
from workflow.campaigns import drafts, lifecycle
from workflow.history import actions
from workflow.models import Delivery, Letter, User
from workflow.transaction import lock_letter


def test_a_link_leads_to_a_clean_address_and_is_not_spent(app, database, settings, letter_id):
    client = app.test_client()

    for _ in range(3):
        answer = client.get(link(database, settings, letter_id))
        assert answer.status_code == 303
        assert answer.location == f"/review/{invitation_id(database, letter_id)}"


def test_the_clean_address_shows_nothing_to_another_browser(app, database, settings, letter_id):
    arrived(app, database, settings, letter_id)

    assert app.test_client().get(f"/review/{invitation_id(database, letter_id)}").status_code == 404


def test_one_organisations_link_opens_no_other_invitation(app, database, settings, letter_id):
    client, _ = arrived(app, database, settings, letter_id, 0)

    assert client.get(f"/review/{invitation_id(database, letter_id, 1)}").status_code == 404


def test_a_whole_answer_signs_and_shows_the_receipt(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)

    done = client.post(
        f"/review/{invitation_id(database, letter_id)}/answer",
        data=whole_answer(database, letter_id, page),
        follow_redirects=True,
    )

    assert "has signed" in done.text
    assert "c2sp.org/tlog-proof@v1" in done.text
    assert invitation_states(database, letter_id) == ["signed", "invited"]


@each(
    ("changes", "said", "status"),
    [
        ({"choice": ""}, "Choose an answer", 400),
        ({"name": ""}, "Type the name", 400),
        ({"authorised": ""}, "authorised", 400),
        ({"digest": ""}, "required", 400),
    ],
)
def test_an_answer_that_is_not_whole_decides_nothing(app, database, settings, letter_id, changes, said, status):
    client, page = arrived(app, database, settings, letter_id)
    given = {k: v for k, v in whole_answer(database, letter_id, page, **changes).items() if v}

    refused = client.post(f"/review/{invitation_id(database, letter_id)}/answer", data=given)

    assert refused.status_code == status
    assert invitation_states(database, letter_id) == ["invited", "invited"]
    assert said in refused.text


def test_a_scanner_that_opens_every_link_and_submits_every_form_with_its_defaults_decides_nothing(
    app, database, settings, letter_id
):
    client, page = arrived(app, database, settings, letter_id)
    for method in (client.head, client.options, client.get):
        method(link(database, settings, letter_id))
    forms = read(page).forms
    assert any(form.action.endswith("/answer") for form in forms)
    for form in forms:
        for filled in ("", "test"):
            client.post(form.action, data={name: value or filled for name, value in form.form_values()})

    assert invitation_states(database, letter_id) == ["invited", "invited"]
    assert client.get(link(database, settings, letter_id)).status_code == 303


def test_a_post_without_the_token_of_its_form_is_refused(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    given = whole_answer(database, letter_id, page)
    del given["csrf_token"]

    assert client.post(f"/review/{invitation_id(database, letter_id)}/answer", data=given).status_code == 400
    assert invitation_states(database, letter_id) == ["invited", "invited"]


def test_a_text_that_changed_between_reading_and_pressing_gets_a_page_with_the_changes(
    app, database, settings, letter_id
):
    client, page = arrived(app, database, settings, letter_id)
    given = whole_answer(database, letter_id, page)
    act(database, lifecycle.revise, letter_id, "Better words.", ANNA)
    act(database, drafts.edit, letter_id, words(body=BODY + " And quickly."), ANNA, version=1, dated=None)
    open_sign_off(database, letter_id)

    answer = client.post(f"/review/{invitation_id(database, letter_id)}/answer", data=given)

    assert answer.status_code == 409
    assert "And quickly." in answer.text
    assert invitation_states(database, letter_id) == ["invited", "invited"]


def test_taking_back_takes_a_typed_word(app, database, settings, letter_id):
    sign(database, letter_id)
    client, page = arrived(app, database, settings, letter_id)
    where = f"/review/{invitation_id(database, letter_id)}/retraction"
    token = csrf(client.get(f"/review/{invitation_id(database, letter_id)}/receipt"))

    client.post(where, data={"csrf_token": token, "word": "test"})
    assert invitation_states(database, letter_id)[0] == "signed"
    client.post(where, data={"csrf_token": token, "word": "retract"})

    assert invitation_states(database, letter_id)[0] == "retracted"


def test_a_form_that_is_opened_again_never_has_the_name_typed_beforehand(app, database, settings, letter_id):
    _, page = arrived(app, database, settings, letter_id)

    name = re.search(r'<input type="text"\s+id="answer-name"[^>]*>', page.text)[0]
    assert 'value=""' in name
    assert "checked" not in page.text.partition("</style>")[2]


# --- staff ---------------------------------------------------------------------------------------------------------


def test_a_sign_in_link_works_once_and_not_by_a_get(app, database):
    with database.writing() as session:
        user = accounts.user(session, "anna@example.org", admin=True)
        where = "/sign-in/" + accounts.sign_in_link(session, user).rpartition("/")[2]
    first, second = app.test_client(), app.test_client()
    for _ in range(3):
        assert first.get(where).status_code == 200
    token, other = csrf(first.get(where)), csrf(second.get(where))

    assert first.post(where, data={"csrf_token": token}).status_code == 303
    assert second.post(where, data={"csrf_token": other}).status_code == 404
    assert first.get("/").status_code == 200


def test_asking_for_a_link_says_the_same_to_everybody(app, database):
    with database.writing() as session:
        accounts.user(session, "anna@example.org")
    client = app.test_client()
    answers = []
    for email in ("anna@example.org", "nobody@example.org"):
        page = client.post("/sign-in", data={"csrf_token": csrf(client.get("/sign-in")), "email": email})
        answers.append((page.status_code, page.text.replace(email, "")))

    assert answers[0] == answers[1]
    app.extensions["undersigned"].afterwards.wait()
    with database.reading() as session:
        assert deliveries.due(session, None, 10) != []


STAFF_PAGES = ("/letters/{}", "/letters/{}/draft", "/letters/{}/history", "/letters/{}/evidence.zip")


@pytest.fixture
def stranger(app, database):
    return signed_in(app, database, "stranger@example.org", admin=False)


@each("page", STAFF_PAGES)
def test_what_one_may_not_see_does_not_exist(app, stranger, letter_id, page):
    assert stranger.get(page.format(letter_id)).status_code == 404
    assert app.test_client().get(page.format(letter_id)).status_code == 303


def joined_as_auditor(app, database, letter_id):
    """A browser of somebody who may read the letter."""
    auditor = signed_in(app, database, "auditor@example.org", admin=False)
    with database.writing() as session:
        campaign = session.get_one(Letter, letter_id).campaign_id
        accounts.join(session, campaign, session.query(User).filter_by(email="auditor@example.org").one(), "auditor")
    return auditor


def test_an_auditor_reads_and_does_nothing(app, database, letter_id):
    auditor = joined_as_auditor(app, database, letter_id)

    page = auditor.get(f"/letters/{letter_id}")
    assert page.status_code == 200
    assert auditor.get(f"/letters/{letter_id}/history").status_code == 200
    acts = ("circulation", "sign-off", "revision", "approval", "reopening", "dispatch", "withdrawal", "invitations")
    for noun in acts:
        assert auditor.post(f"/letters/{letter_id}/{noun}", data={"csrf_token": csrf(page)}).status_code == 404
    assert state(database, letter_id) == "sign_off"


def test_the_coordinator_takes_every_step_on_the_page(app, database, settings):
    client = signed_in(app, database)
    letter_id = take_in(database, 1)
    page = client.get(f"/letters/{letter_id}")

    def press(noun, **fields):
        return client.post(f"/letters/{letter_id}/{noun}", data={"csrf_token": csrf(page)} | fields)

    def checked(step, noun):
        return press(noun, **shown_first(client, letter_id, step))

    assert checked("circulate", "circulation").status_code == 303
    assert checked("open_sign_off", "sign-off").status_code == 303
    refused = press("approval")
    assert refused.status_code == 409
    assert "At least 1 signature is needed; none so far." in refused.text
    sign(database, letter_id)
    assert press("approval").status_code == 303
    jobs.render(database, letter_id)
    last_look = dict(read(client.get(f"/letters/{letter_id}/send")).get_element_by_id("dispatch").form_values())
    assert press("dispatch", **last_look).status_code == 400
    assert press("dispatch", **last_look | {"fingerprint": "0" * 64, "looked": "y"}).status_code == 409
    assert press("dispatch", **last_look | {"mark": "0" * 16, "looked": "y"}).status_code == 409
    assert press("dispatch", **last_look | {"looked": "y"}).status_code == 303
    assert state(database, letter_id) == "sending"
    assert [m.state for m in mails(database, letter_id, "letter")] == ["queued"]


def test_a_draft_that_was_overtaken_keeps_the_words(app, database):
    client = signed_in(app, database)
    letter_id = take_in(database, 1)
    page = client.get(f"/letters/{letter_id}/draft")
    act(database, drafts.edit, letter_id, words(body="Theirs."), ANNA, version=1, dated=None)

    given = {"csrf_token": csrf(page), "version": "1", "language": "en", "body": "My own words.", "subject": "S"}
    answer = client.post(f"/letters/{letter_id}/draft", data=given)

    assert answer.status_code == 409
    assert "My own words." in answer.text
    assert "Theirs." in answer.text


def test_the_place_before_the_date_comes_in_with_the_letter_and_is_edited(app, database):
    client = signed_in(app, database)
    pasted = (
        "Genève, le 3 mars 2026\n\nMonsieur Luc Martin\nDirecteur général\n\nMonsieur le Directeur,\n\n"
        "Nous vous écrivons au sujet des puits du nord.\n\nCordialement,\n\nMaison de l'eau\n"
    )
    form = client.get("/letters/new")
    taken = client.post("/letters", data={"csrf_token": csrf(form), "pasted": pasted})
    letter_id = taken.headers["Location"].split("/")[2]
    assert "Genève, le 3 mars 2026" in client.get(f"/letters/{letter_id}").text

    page = client.get(f"/letters/{letter_id}/draft")
    assert 'value="Genève"' in page.text
    given = {"csrf_token": csrf(page), "version": "1", "language": "fr", "body": "Un.", "date": "2026-03-04"}
    client.post(f"/letters/{letter_id}/draft", data={**given, "place": " Carouge  GE "})

    assert "Carouge GE, le 4 mars 2026" in client.get(f"/letters/{letter_id}").text
    too_long = client.post(f"/letters/{letter_id}/draft", data={**given, "version": "2", "place": "G" * 61})
    assert too_long.status_code == 400


def test_pasted_text_becomes_a_letter(app, database):
    client = signed_in(app, database)
    pasted = (
        "Jane Doe\nMinister of Justice\nMinistry of Justice\n\n24 January 2016\n\nDear Minister,\n\n"
        "We write to you.\n\nSincerely,\n\nJohn Smith\nDirector, Rights Watch (RW)\n"
    )

    page = client.get("/letters/new")
    made = client.post("/letters", data={"csrf_token": csrf(page), "pasted": pasted}, follow_redirects=True)

    assert made.status_code == 200
    assert "Jane Doe" in made.text
    assert "Rights Watch" in client.get(f"{made.request.path.removesuffix('/check')}/cosigners").text


def test_every_answer_carries_the_protections(app, database, settings, letter_id):
    client = signed_in(app, database)
    for where in (
        "/",
        "/sign-in",
        "/healthz",
        "/nothing",
        f"/letters/{letter_id}",
        link(database, settings, letter_id),
    ):
        headers = client.get(where).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_the_host_of_a_request_is_not_believed(app, database):
    assert app.test_client().get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_a_letter_with_scripts_in_it_shows_them_as_words(app, database, settings):
    letter_id = take_in(database, 1, letter=words(body="<script>alert(1)</script>\n\n[x](javascript:alert(1))"))
    open_sign_off(database, letter_id)

    _, page = arrived(app, database, settings, letter_id)

    assert "<script>" not in page.text
    assert 'href="javascript' not in page.text


def test_the_history_page_tells_it_in_plain_words(app, database, letter_id):
    sign(database, letter_id)
    client = signed_in(app, database)

    page = client.get(f"/letters/{letter_id}/history").text

    assert "Person A, Director, signed for ORGA." in page
    assert "Opened the letter for signature." in page
    assert history.vkey(app.extensions["undersigned"].settings).partition("+")[0] in page


def test_a_history_with_entries_and_emails_of_another_version_is_shown(app, database, letter_id):
    with database.writing() as session:
        lock_letter(session, letter_id)
        email = Delivery(
            letter_id=letter_id, kind="postcard", address="a@example.org", about={}, dedupe_key="a", message_id="<a@b>"
        )
        session.add(email)
        session.flush()
        for unknown in ("weather.noted", actions.DeliveryQueued.NAME):
            history.append(session, letter_id, ANNA, _OfAnotherVersion(unknown, email.id))

    client = signed_in(app, database)
    told, letter = client.get(f"/letters/{letter_id}/history?show=all"), client.get(f"/letters/{letter_id}/emails")

    assert (told.status_code, letter.status_code) == (200, 200)
    assert "weather.noted" in told.text
    assert "(postcard)" in told.text
    assert "Postcard to" in letter.text


@dataclass(frozen=True)
class _OfAnotherVersion:
    NAME: str
    email: str

    def about(self) -> dict:
        return {"delivery": self.email, "kind": "postcard"}

    def committed(self) -> None:
        return None
