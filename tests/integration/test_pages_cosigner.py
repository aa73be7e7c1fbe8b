"""The co-signer's pages over HTTP, on both databases: every way on, and what happens when two things happen at once."""

import html
import io
import re

import pytest
from babel.messages.pofile import read_po
from sqlalchemy import update

from tests.support.answering import post
from tests.support.browsing import arrived, csrf, invitation_id, link, signed_in, whole_answer
from tests.support.cases import each
from tests.support.factories import (
    ANNA,
    BODY,
    act,
    answer,
    correct,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    take_in,
    tell,
    words,
)
from tests.support.lived import lived
from tests.support.pictures import PIXEL
from workflow.campaigns import invitations, stationery
from workflow.campaigns.roster import roster
from workflow.languages import CATALOGUES
from workflow.models import Code, Letter, User
from workflow.signoffs import answers as signoff_answers
from workflow.signoffs import review


@pytest.fixture
def letter_id(database):
    return lived(database, a_letter)


def a_letter(database):
    made = take_in(database, 2, comments_shared=True)
    open_sign_off(database, made)
    return made


# --- comments and suggestions --------------------------------------------------------------------------------------


def test_a_comment_and_a_suggestion_are_shown_and_answered(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    page = post(client, page, "/comments", paragraph="2", words="Say by when.")
    page = post(client, page, "/suggestions", paragraph="2", replaces="asks for something", replacement="asks for x")
    assert page.status_code == 200

    other, seen = arrived(app, database, settings, letter_id, 1)
    assert "Say by when." in seen.text
    assert "<del>asks for something</del> <ins>asks for x</ins>" in seen.text
    where = re.search(r"(/comments/\w+/replies)", seen.text)[1]
    assert "We agree." in post(other, seen, where, words="We agree.").text


@pytest.fixture
def first(app, database, settings, letter_id):
    """The first co-signer's browser, and its page."""
    return arrived(app, database, settings, letter_id)


@each(
    ("where", "fields", "said"),
    [
        ("/comments", {"paragraph": "", "words": "x"}, "Select what your comment is about"),
        ("/comments", {"paragraph": "0", "words": ""}, "Write your comment first."),
        ("/suggestions", {"paragraph": "2", "replaces": "nowhere", "replacement": "x"}, "not in that paragraph"),
        ("/verdict", {}, "Choose one: ready to sign"),
        ("/successor", {"name": "N", "email": "nonsense", "sure": "y"}, "not an email address"),
        ("/successor", {"name": "N", "email": "n@example.org"}, "Tick the box to pass"),
        ("/more-time", {}, "Choose how much time you need."),
        ("/more-time", {"how_long": "other"}, "Say how much time you need."),
        ("/logo", {}, "Choose"),
        ("/retraction", {"word": "test"}, "Type the word WITHDRAW"),
    ],
)
def test_what_is_not_whole_is_said_and_what_was_typed_is_kept(first, where, fields, said):
    client, page = first

    answered = post(client, page, where, **fields)

    assert answered.status_code == 400
    assert said in answered.text
    if fields.get("words") == "x":
        assert ">x</textarea>" in answered.text


def test_what_was_typed_outlives_a_refusal_in_every_form(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    with_comment = post(client, page, "/comments", paragraph="1", words="A question.")
    where = re.search(r"(/comments/\w+/replies)", with_comment.text)[1]

    reply = post(client, page, where, words="long " * 3000)
    late = post(client, page, "/more-time", words="Our board meets", how_long="")
    confirmed = post(client, page, "/answer", choice="confirm", name="Person A")
    sign(database, letter_id)
    taken_back = post(client, page, "/retraction", word="no", reason="The board has met.")

    assert reply.text.count(">long long") == 1
    assert 'value="Our board meets"' in late.text
    assert late.text.count("<details open>") == 1
    assert confirmed.status_code == 409
    assert ">The board has met.</textarea>" in taken_back.text


def test_a_page_that_was_open_too_long_gives_back_what_was_typed_to_its_own_browser_alone(
    app, database, settings, letter_id
):
    client, page = arrived(app, database, settings, letter_id)
    where, stale = page.request.path, {"csrf_token": "old", "words": "Considered for an hour."}

    own = client.post(f"{where}/comments", data=stale, headers={"Sec-Fetch-Site": "same-origin"})
    unsaid = client.post(f"{where}/comments", data=stale)
    stranger = app.test_client().post(f"{where}/comments", data=stale, headers={"Sec-Fetch-Site": "same-origin"})

    assert "Considered for an hour." in own.text
    assert f'href="{where}"' in own.text
    assert "Considered" not in unsaid.text + stranger.text


def test_without_a_living_link_the_page_says_how_to_get_one(app, database, settings, letter_id):
    _, page = arrived(app, database, settings, letter_id)

    shown = app.test_client().get(page.request.path)

    assert shown.status_code == 404
    assert "This link doesn’t work" in shown.text
    assert 'action="/s/again"' in shown.text


def test_whoever_declined_or_corrects_is_shown_the_way_that_is_theirs(app, database, settings):
    letter_id = take_in(database, 2, objection_hours=24)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    correct(database, letter_id)
    tell(database, letter_id)
    client, page = arrived(app, database, settings, letter_id)

    assert 'class="button" href="#confirm"' in page.text
    assert 'href="#answer">To object, answer that you will not sign.' in page.text
    declined = post(client, page, "/answer", choice="decline", name="Person A", authorised="y")
    again = client.get(page.request.path)
    assert "Your answer: Organisation A will not sign" in declined.text
    assert "Your answer: Organisation A will not sign" in again.text
    assert "Answer now" not in again.text


# --- signing -------------------------------------------------------------------------------------------------------


def test_the_signature_block_is_shown_without_scripts_before_anything_is_decided(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)

    shown = post(client, page, "/answer", preview="y", name="Maria <b>", title="Chair")

    assert shown.status_code == 200
    assert "<span>Maria &lt;b&gt;</span><span>Chair</span><span>Organisation A</span>" in shown.text
    assert invitation_states(database, letter_id)[0] == "invited"


def test_signing_with_a_code_takes_two_presses_and_the_mail(app, database, settings):
    letter_id = take_in(database, 1, code_required=True)
    open_sign_off(database, letter_id)
    client, page = arrived(app, database, settings, letter_id)
    given = whole_answer(database, letter_id, page, withheld="y")

    asked = client.post(page.request.path + "/answer", data=given)
    assert "6-digit code" in asked.text
    assert invitation_states(database, letter_id) == ["invited"]
    with database.reading() as session:
        code = session.query(Code).one()
    digits = database.tokens.codes(code.id)[0]
    wrong = "000000" if digits != "000000" else "111111"
    assert "That code is wrong" in client.post(page.request.path + "/answer", data=given | {"code": wrong}).text

    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    done = client.post(page.request.path + "/answer", data=fields | {"code": digits}, follow_redirects=True)

    assert "Thank you." in done.text
    with database.reading() as session:
        assert roster(session, session.get_one(Letter, letter_id)).withheld == 1


def test_a_form_with_a_code_that_is_not_whole_mails_nothing(app, database, settings):
    letter_id = take_in(database, 1, code_required=True)
    open_sign_off(database, letter_id)
    client, page = arrived(app, database, settings, letter_id)

    answered = post(client, page, "/answer", choice="sign", name="", authorised="")

    assert answered.status_code == 400
    assert "Enter the 6-digit code" not in answered.text
    assert mails(database, letter_id, "code") == []


def test_confirming_takes_one_press_and_the_very_name(app, database, settings, letter_id):
    sign(database, letter_id)
    client, _ = arrived(app, database, settings, letter_id)
    correct(database, letter_id, small=False)
    page = client.get(f"/review/{invitation_id(database, letter_id)}")
    confirm = {"choice": "confirm", "title": "Director"}

    refused = post(client, page, "/answer", **confirm, name="test")
    assert refused.status_code == 409
    assert re.search(r'id="confirm-name"[^>]* value="test"', refused.text)
    assert invitation_states(database, letter_id)[0] == "to_confirm"

    assert "Thank you." in post(client, page, "/answer", **confirm, name=" person  a ").text
    assert invitation_states(database, letter_id)[0] == "signed"


def test_a_rule_of_silence_is_shown_before_signing(app, database, settings):
    letter_id = take_in(database, 1, objection_hours=36)
    open_sign_off(database, letter_id)

    _, page = arrived(app, database, settings, letter_id)

    assert "unless you object within 36 hours" in page.text


def test_declining_takes_a_name_and_a_tick_and_the_reason_is_shared_only_when_ticked(app, database, settings):
    letter_id = take_in(database, 3)
    open_sign_off(database, letter_id)
    for number, shared in ((0, "y"), (1, "")):
        client, page = arrived(app, database, settings, letter_id, number)
        given = {"choice": "decline", "name": "P", "authorised": "y", "reason": f"Reason {number}."}
        assert post(client, page, "/answer", **given | {"name": ""}).status_code == 400
        post(client, page, "/answer", **given | ({"reason_shared": "y"} if shared else {}))

    _, page = arrived(app, database, settings, letter_id, 2)

    assert invitation_states(database, letter_id) == ["declined", "declined", "invited"]
    assert "Reason 0." in page.text
    assert "Reason 1." not in page.text


# --- not now, not me -----------------------------------------------------------------------------------------------


def test_a_hand_over_ends_in_a_page_that_says_so(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)

    done = post(client, page, "/successor", name="Nina", email="nina@example.org", sure="y")

    assert "was passed on" in done.text
    assert client.get(page.request.path).status_code == 404
    assert mails(database, letter_id, "invitation")[-1].address == "nina@example.org"


def test_more_time_is_asked_for_in_words(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)

    page = post(client, page, "/more-time", how_long="2", words="our board meets on Friday")

    assert "Two more days: our board meets on Friday" in page.text
    staff = signed_in(app, database)
    act(database, lambda session: session.execute(update(User).values(language="ar")))
    listed = html.unescape(staff.get(f"/letters/{letter_id}/cosigners").text)
    assert "يومان آخران: our board meets on Friday" in listed, "Its fixed words are in the reader’s language."
    assert "Person A، Director" in listed


def test_a_logo_is_taken_in(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    fields = {"csrf_token": csrf(page), "file": (io.BytesIO(PIXEL.encode()), "logo.svg")}

    answered = client.post(page.request.path + "/logo", data=fields, follow_redirects=True)

    assert "Image saved." in answered.text


def test_a_fresh_link_is_asked_for_and_everybody_gets_the_same_answer(app, database, settings, letter_id):
    client = app.test_client()
    page = client.get("/s/nonsense")
    answers = {
        email: client.post("/s/again", data={"csrf_token": csrf(page), "email": email})
        for email in ("a@example.org", "stranger@example.org", "nonsense", "")
    }

    bare = {re.sub(r'value="[^"]+"', "", one.text) for one in answers.values()}
    assert len(bare) == 1
    assert {one.status_code for one in answers.values()} == {200}
    app.extensions["undersigned"].afterwards.wait()
    assert len(mails(database, letter_id, "sign_off") + mails(database, letter_id, "invitation")) == 3


def test_unknown_ended_and_revoked_links_get_equal_answers(app, database, settings, letter_id, later):
    first, second = link(database, settings, letter_id, 0), link(database, settings, letter_id, 1)
    act(database, invitations.revoke, letter_id, invitation_id(database, letter_id, 0), ANNA)
    later(days=47)

    answers = [app.test_client().get(where) for where in (first, second, "/s/" + "x" * 43)]

    assert [one.status_code for one in answers] == [404] * 3
    assert len({re.sub(r'value="[^"]+"', "", one.text) for one in answers}) == 1


# --- two things at once --------------------------------------------------------------------------------------------


def test_two_phones_sign_once_and_see_the_same_receipt(app, database, settings, letter_id):
    browsers = [arrived(app, database, settings, letter_id) for _ in range(2)]

    done = [
        client.post(page.request.path + "/answer", data=whole_answer(database, letter_id, page), follow_redirects=True)
        for client, page in browsers
    ]

    receipts = {re.search(r'<span class="digest" dir="ltr">(\w+)', one.text)[1] for one in done}
    proofs = {re.search(r"<summary>Proof \(entry (\d+)", one.text)[1] for one in done}
    assert len(receipts) == len(proofs) == 1
    assert len(mails(database, letter_id, "receipt")) == 1


def test_a_replayed_form_and_the_back_button_change_nothing(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    given = whole_answer(database, letter_id, page)
    client.post(page.request.path + "/answer", data=given)
    client.post(page.request.path + "/answer", data=given | {"choice": "decline"})

    assert invitation_states(database, letter_id)[0] == "signed"
    assert "Your organisation has signed" in client.get(page.request.path).text


def test_a_form_of_one_browser_is_worth_nothing_in_another(app, database, settings, letter_id):
    _, page = arrived(app, database, settings, letter_id)
    other, _ = arrived(app, database, settings, letter_id)
    app.config["WTF_CSRF_ENABLED"] = True

    answered = other.post(page.request.path + "/answer", data=whole_answer(database, letter_id, page))

    assert answered.status_code == 400
    assert invitation_states(database, letter_id)[0] == "invited"


def test_the_link_of_another_letter_opens_nothing_here(app, database, settings, letter_id):
    elsewhere = take_in(database, 1)
    open_sign_off(database, elsewhere)
    client, page = arrived(app, database, settings, elsewhere)

    answered = client.post(
        f"/review/{invitation_id(database, letter_id)}/answer", data=whole_answer(database, letter_id, page)
    )

    assert answered.status_code == 404
    assert invitation_states(database, letter_id) == ["invited", "invited"]


@pytest.mark.parametrize("choice", ["sign", "decline"])
def test_the_text_changes_between_reading_and_pressing(app, database, settings, letter_id, choice):
    client, page = arrived(app, database, settings, letter_id)
    typed = whole_answer(database, letter_id, page) | {"choice": choice}
    correct(database, letter_id, small=False)

    answered = client.post(page.request.path + "/answer", data=typed)

    assert answered.status_code == 409
    assert "version 2 is the one to sign now" in answered.text
    assert invitation_states(database, letter_id)[0] == "invited"


def test_the_deadline_passes_between_reading_and_pressing(app, database, settings, letter_id, later):
    client, page = arrived(app, database, settings, letter_id)
    later(days=8)

    answered = client.post(page.request.path + "/answer", data=whole_answer(database, letter_id, page))

    assert answered.status_code == 409
    assert "deadline has passed" in answered.text
    assert invitation_states(database, letter_id)[0] == "invited"


def test_what_changed_since_a_revision_can_be_switched_on(app, database, settings, letter_id):
    client, _ = arrived(app, database, settings, letter_id)
    correct(database, letter_id, small=False)
    where = f"/review/{invitation_id(database, letter_id)}"

    assert "since=1" in client.get(where).text
    shown = client.get(where + "?since=1").text
    assert "<del>something</del><ins>an answer</ins>." in shown.replace("</del> <ins>", "</del><ins>")
    assert client.get(where + "/changes.docx?since=1").status_code == 200
    assert client.get(where + "?since=nonsense").status_code == 200


def test_a_browser_is_told_what_changed_since_it_last_looked(app, database, settings, letter_id):
    client, first = arrived(app, database, settings, letter_id)
    correct(database, letter_id, small=False)

    again = client.get(first.request.path).text
    assert "since you last looked, at version 1" in again
    assert "since you last looked" in client.get(first.request.path).text, "a second look takes nothing away"
    assert "since you last looked" not in first.text
    _, other = arrived(app, database, settings, letter_id)
    assert "since you last looked" not in other.text


@pytest.mark.libreoffice
def test_the_letter_can_be_taken_away_as_a_document(printing_app, database, settings, letter_id):
    client, page = arrived(printing_app, database, settings, letter_id)

    docx, pdf = client.get(page.request.path + "/letter.docx"), client.get(page.request.path + "/letter.pdf")

    assert docx.data.startswith(b"PK")
    assert pdf.data.startswith((b"%PDF", b"<!doctype"))


# --- languages -----------------------------------------------------------------------------------------------------


def test_a_page_speaks_the_language_of_the_invitation_the_letter_or_the_reader(app, database, settings):
    letter_id = take_in(database, 2, letter=words(language="fr"))
    act(
        database,
        invitations.set_reader,
        letter_id,
        invitation_id(database, letter_id, 1),
        ANNA,
        language="ar",
        timezone="Asia/Beirut",
    )
    open_sign_off(database, letter_id)

    client, french = arrived(app, database, settings, letter_id, 0)
    _, arabic = arrived(app, database, settings, letter_id, 1)

    assert '<html lang="fr" dir="ltr">' in french.text
    assert '<html lang="ar" dir="rtl">' in arabic.text
    assert "(بتوقيت بيروت)" in arabic.text
    chosen = client.get(french.request.path + "?language=es", follow_redirects=True)
    assert '<html lang="es"' in chosen.text
    assert '<html lang="es"' in client.get(french.request.path).text


def test_a_refusal_is_said_in_the_language_of_the_page(app, database, settings):
    letter_id = take_in(database, 1, letter=words(language="es"))
    open_sign_off(database, letter_id)
    client, page = arrived(app, database, settings, letter_id)

    refused = client.post(page.request.path + "/answer", data=whole_answer(database, letter_id, page, name=""))

    assert "Type the name" not in refused.text
    assert refused.status_code == 400


def test_no_english_is_left_on_a_page_in_another_language_whatever_is_sent(app, database, settings):
    letter_id = take_in(database, 1, letter=words(language="fr"), code_required=True)
    open_sign_off(database, letter_id)
    client, page = arrived(app, database, settings, letter_id)
    answer = whole_answer(database, letter_id, page)
    every = [("", {}), ("/answer", answer), ("/answer", answer | {"code": "1"}), ("/answer", {"name": "a" * 300})]
    every += [(f"/{act}", {}) for act in ("answer", "comments", "suggestions", "successor", "more-time", "logo")]
    every += [("/answer", answer | {"choice": "x"}), ("/more-time", {"how_long": "x"}), ("/retraction", {})]
    english = [one.id for one in french_messages() if isinstance(one.id, str) and len(one.id) > 3 and "%" not in one.id]

    for path, sent in every:
        data = {"csrf_token": csrf(page), "digest": answer["digest"], **sent}
        answered = client.post(page.request.path + path, data=data) if path else page
        lines = {html.unescape(line).strip() for line in re.split(r"<[^>]*>", answered.text)}
        assert '<html lang="fr"' in answered.text, path
        assert lines.isdisjoint(english), (path, sent, lines.intersection(english))


def french_messages():
    with (CATALOGUES / "fr" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return [one for one in read_po(source, locale="fr") if one.id and one.id != one.string]


# --- who must not be named -----------------------------------------------------------------------------------------


def test_a_canary_name_is_in_nothing_that_other_co_signers_get(app, database, settings, letter_id):
    """Organisation A asks to be withheld, comments, suggests, declines for a shared reason, signs: B never reads it."""
    from workflow.mails import writing
    from workflow.models import Delivery

    third = act(database, invitations.invite, letter_id, campaigns_cosigner("Canary Society", "c@example.org"), ANNA)
    act(database, stationery.set_standing, letter_id, third.id, stationery.Standing(3, confidential=True), ANNA)
    links = link_ids(database, letter_id)
    shown = answer(database, letter_id).digest
    first = act(database, review.comment, links[2], shown, 1, "A comment.")
    act(
        database,
        review.suggest,
        links[2],
        review.Suggestion(digest=shown, paragraph=2, replaces="asks for", replacement="begs for"),
    )
    act(database, review.reply, links[2], first.id, "A reply.")
    act(database, signoff_answers.sign, links[2], answer(database, letter_id, name="Canary Person", title="Canary"))
    sign(database, letter_id, 0)
    correct(database, letter_id, body=BODY + "\n\nMore.", small=False)
    act(database, signoff_answers.decline, links[2], answer(database, letter_id).digest, "A reason.", shared=True)

    client, page = arrived(app, database, settings, letter_id, 1)
    where = page.request.path
    seen = [page.text]
    for more in ("?since=1", "/receipt", "/changes.docx?since=1", "/letter.docx"):
        answered = client.get(where + more)
        seen.append(_readable(answered.data))
    with database.reading() as session:
        for mail in session.query(Delivery).filter(Delivery.address.in_(("a@example.org", "b@example.org"))):
            seen.append(_readable(writing.write(session, mail)))
    assert len(seen) > 8
    for content in seen:
        assert "anary" not in content
    assert "name withheld" in seen[0]


def campaigns_cosigner(name, email):
    from workflow.letter import text

    return text.Cosigner(name, "CANARY", "Canary Person", "Canary", email)


def _readable(content):
    """Everything that can be read in a page, a mail with its attachments or a Word document."""
    import email
    import zipfile

    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    if b"MIME-Version" in content[:2000]:
        parts = [part.get_payload(decode=True) or b"" for part in email.message_from_bytes(content).walk()]
        return content.decode("utf-8", "replace") + "\n".join(part.decode("utf-8", "replace") for part in parts)
    return content.decode("utf-8", "replace")
