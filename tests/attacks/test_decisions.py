"""What the holder of a link may decide, and what it takes; on both databases."""

import io
import json
import re

import pytest

from tests.support.answering import post
from tests.support.browsing import arrived, csrf, invitation_id, whole_answer
from tests.support.factories import (
    ANNA,
    act,
    answer,
    correct,
    digest,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    take_in,
    words,
)
from tests.support.pictures import PIXEL
from workflow import documents, history
from workflow.campaigns import invitations, lifecycle
from workflow.errors import RefusedError
from workflow.history import evidence
from workflow.letter import text
from workflow.models import Code, Letter, LogEntry
from workflow.signoffs import answers, codes, delegation, naming, requests, review
from workflow.signoffs.answers import Answer
from workflow.signoffs.codes import MOST_AN_HOUR, MOST_TRIES, PURPOSES


def entry(database, letter_id, action):
    """What the newest entry of an action is about."""
    with database.reading() as session:
        return [found for found in history.entries(session, letter_id) if found.action == action][-1].about


def is_valid(database, letter_id):
    with database.reading() as session:
        return evidence.verify(session, letter_id).problems == []


# --- the same proof for whatever signs or stops a sign-off ---------------------------------------------------------


def logo():
    return documents.normalise(PIXEL.encode(), "logo")


ACTS = {
    "decline": (
        "invitation.decline",
        lambda s, link, shown, code: answers.decline(s, link, shown, "No.", name="P", code=code),
    ),
    "retract": ("invitation.retract", lambda s, link, shown, code: answers.retract(s, link, "Our board.", code)),
    "hand_over": (
        "invitation.handed_over",
        lambda s, link, shown, code: delegation.delegate(s, link, "Nina", "nina@example.org", sure=True, code=code),
    ),
    "correct": ("signoff.corrected", lambda s, link, shown, code: naming.correct(s, link, "Persson A", "Head", code)),
    "logo": ("organisation.logo", lambda s, link, shown, code: requests.set_logo(s, link, logo(), code)),
    "signature": ("signoff.image", lambda s, link, shown, code: requests.set_signature(s, link, logo(), code)),
}
SIGNED_FIRST = ("retract", "signature", "correct")


def with_code(database, link, purpose, browser="browser"):
    """Ask for a code and redeem it, as the person does who reads the mail."""
    code = act(database, codes.send_code, link, browser, purpose)
    return act(database, codes.redeem, link, browser, database.tokens.codes(code.id)[0], purpose)


@pytest.fixture
def guarded(database):
    made = take_in(database, 1, code_required=True)
    open_sign_off(database, made)
    return made


@pytest.mark.parametrize("purpose", ACTS)
def test_what_signs_or_stops_a_sign_off_takes_a_code_and_the_record_says_so(database, guarded, purpose):
    action, do = ACTS[purpose]
    link, shown = link_ids(database, guarded)[0], digest(database, guarded)
    if purpose in SIGNED_FIRST:
        code = with_code(database, link, "sign")
        act(database, answers.sign, link, answer(database, guarded, code=code))
    before = invitation_states(database, guarded)

    for wrong in ("", "f" * 32, with_code(database, link, "decline" if purpose != "decline" else "sign")):
        with pytest.raises(RefusedError, match="6-digit code"):
            act(database, do, link, shown, wrong)
    assert invitation_states(database, guarded) == before
    assert link_ids(database, guarded) == [link]

    code = with_code(database, link, purpose)
    act(database, do, link, shown, code)

    assert entry(database, guarded, action)["code"] == code
    assert is_valid(database, guarded)


def test_a_code_that_nobody_redeemed_signs_nothing(database, guarded):
    link = link_ids(database, guarded)[0]
    sent = act(database, codes.send_code, link, "browser")

    for made_up in (sent.id, "f" * 32, "x"):
        with pytest.raises(RefusedError, match="6-digit code"):
            act(database, answers.sign, link, answer(database, guarded, code=made_up))


def test_every_purpose_of_a_code_is_said_in_its_mail(database, guarded):
    from workflow.mails import writing
    from workflow.models import Delivery

    link, said = link_ids(database, guarded)[0], set()
    for purpose in PURPOSES[:MOST_AN_HOUR]:
        act(database, codes.send_code, link, "browser", purpose)
    with database.reading() as session:
        for mail in mails(database, guarded, "code"):
            content = writing.write(session, session.get_one(Delivery, mail.id)).decode()
            said.add(re.search(r"Enter this code to ([\w ]+)", content)[1])

    assert len(said) == MOST_AN_HOUR


def test_wherever_no_code_is_asked_for_nothing_changes(database, letter_id):
    links, shown = link_ids(database, letter_id), digest(database, letter_id)
    sign(database, letter_id)
    act(database, requests.set_signature, links[0], logo())
    act(database, requests.set_logo, links[0], logo())
    act(database, answers.retract, links[0])
    act(database, answers.decline, links[1], shown, "No.")

    assert invitation_states(database, letter_id) == ["retracted", "declined"]
    assert "code" not in entry(database, letter_id, "invitation.decline")


HTTP = {
    "/successor": {"name": "Nina", "email": "nina@example.org", "sure": "y"},
    "/answer": {"choice": "decline", "name": "P", "authorised": "y", "reason": "Not <ours>\nat all."},
    "/retraction": {"word": "RETRACT", "reason": "Our board."},
    "/name": {"name": "Persson <A>", "title": "Head"},
    "/logo": {},
    "/signature": {},
}


def file_of(where):
    return {"file": (io.BytesIO(PIXEL.encode()), "x.svg")} if where in ("/logo", "/signature") else {}


def digits_of_the_newest_mail(database, letter_id):
    newest = mails(database, letter_id, "code")[-1]
    return newest.address, database.tokens.codes(newest.about["code"])[0]


@pytest.mark.parametrize("where", HTTP)
def test_the_page_asks_for_the_code_and_keeps_what_was_typed(app, database, settings, guarded, where):
    link = link_ids(database, guarded)[0]
    if where in ("/retraction", "/signature", "/name"):
        code = with_code(database, link, "sign")
        act(database, answers.sign, link, answer(database, guarded, code=code))
    client, page = arrived(app, database, settings, guarded)
    token = {"csrf_token": csrf(page), **({"digest": digest(database, guarded)} if where == "/answer" else {})}
    target, before = page.request.path + where, len(actions_but_codes(database, guarded))

    asked = client.post(target, data=token | HTTP[where] | file_of(where))
    assert "emailed a 6-digit code to a@example.org" in asked.text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    assert {name: fields[name].replace("&lt;", "<").replace("&gt;", ">") for name in HTTP[where]} == HTTP[where]
    address, digits = digits_of_the_newest_mail(database, guarded)
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    refused = client.post(target, data=token | HTTP[where] | file_of(where) | {"code": wrong})
    assert (refused.status_code, len(actions_but_codes(database, guarded))) == (400, before)
    assert "That code is wrong" in refused.text

    arabic = "".join(chr(0x660 + int(digit)) for digit in digits)
    done = client.post(target, data=token | HTTP[where] | file_of(where) | {"code": arabic})

    assert done.status_code == 303
    assert address == "a@example.org"
    assert len(actions_but_codes(database, guarded)) > before


def actions_but_codes(database, letter_id):
    with database.reading() as session:
        found = [found.action for found in history.entries(session, letter_id)]
    return [action for action in found if action != "code.sent" and not action.startswith("delivery.")]


def test_after_a_hand_over_the_codes_go_to_the_new_mailbox(app, database, settings, guarded):
    link = link_ids(database, guarded)[0]
    code = with_code(database, link, "hand_over")
    act(database, delegation.delegate, link, "Nina", "nina@example.org", sure=True, code=code)

    act(database, codes.send_code, link_ids(database, guarded)[0], "hers")

    assert digits_of_the_newest_mail(database, guarded)[0] == "nina@example.org"


def test_a_forwarded_link_in_another_browser_stops_and_passes_on_nothing(app, database, settings, guarded):
    client, page = arrived(app, database, settings, guarded)
    for where, fields in HTTP.items():
        post(client, page, where, **fields, **file_of(where))

    assert invitation_states(database, guarded) == ["invited"]
    assert {mail.address for mail in mails(database, guarded, "code")} <= {"a@example.org"}
    assert mails(database, guarded, "invitation")[-1].address == "a@example.org"


def test_when_the_codes_are_used_up_the_page_says_so_and_keeps_what_was_typed(app, database, settings, guarded):
    client, page = arrived(app, database, settings, guarded)
    for _ in range(MOST_AN_HOUR):
        act(database, codes.send_code, link_ids(database, guarded)[0], "another browser")

    asked = post(client, page, "/successor", **HTTP["/successor"])

    assert "Wait a while" in asked.text
    assert 'value="nina@example.org"' in asked.text


def test_whoever_guesses_has_twenty_five_tries_for_an_hour_however_they_are_made(database, guarded):
    """Every code that can be had, in many browsers and for many purposes, and every guess that is looked at."""
    link, looked_at, refused = link_ids(database, guarded)[0], 0, 0
    for number in range(2 * MOST_AN_HOUR):
        browser, purpose = f"browser {number % 3}", PURPOSES[number % len(PURPOSES)]
        try:
            code = act(database, codes.send_code, link, browser, purpose)
        except RefusedError:
            refused += 1
            continue
        right = database.tokens.codes(code.id)[0]
        for guess in range(2 * MOST_TRIES):
            wrong = f"{(int(right) + 1 + guess) % 1_000_000:06}"
            assert act(database, codes.redeem, link, browser, wrong, purpose) == ""
        assert act(database, codes.redeem, link, browser, right, purpose) == "", "a sixth try was looked at"
    with database.reading() as session:
        looked_at = sum(code.tries for code in session.query(Code))

    assert refused == MOST_AN_HOUR
    assert looked_at == MOST_AN_HOUR * MOST_TRIES == 25


# --- what a sign-off needs, and every way round it -----------------------------------------------------------------


def test_confirming_what_was_never_signed_is_refused_like_a_missing_tick(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)

    refused = post(client, page, "/answer", choice="confirm", name="Robot")

    assert refused.status_code == 409
    assert "you are authorised to sign" in refused.text
    assert invitation_states(database, letter_id)[0] == "invited"


def test_confirming_what_was_taken_back_is_refused(database, letter_id):
    link = link_ids(database, letter_id)[0]
    sign(database, letter_id)
    act(database, answers.retract, link)

    with pytest.raises(RefusedError, match="Tick the box"):
        act(database, answers.sign, link, answer(database, letter_id, authorised=False, confirms=True))


def test_a_confirmation_repeats_the_sign_off_to_the_letter_and_the_record_says_what_was_ticked(database, letter_id):
    first = sign(database, letter_id)
    assert entry(database, letter_id, "invitation.sign")["authority_ticked"] is True
    correct(database, letter_id, small=False)
    given = answer(database, letter_id, name=" PERSON a", title="King", authorised=False, confirms=True)

    made = act(database, answers.sign, link_ids(database, letter_id)[0], given)

    about = entry(database, letter_id, "invitation.sign")
    assert (about["authority_ticked"], about["confirms"]) == (False, first.sequence)
    assert (made.name, made.title) == ("Person A", "Director")
    assert is_valid(database, letter_id)


def test_only_the_tick_of_the_page_is_a_tick(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)

    for ticked in ("", "false", "0", "no", "n", "on", "true", "y y"):
        given = whole_answer(database, letter_id, page, authorised=ticked)
        assert client.post(page.request.path + "/answer", data=given).status_code == 400, ticked

    assert invitation_states(database, letter_id)[0] == "invited"


TWICE = (
    ("choice", ["decline", "sign"]),
    ("choice", ["sign", "sign"]),
    ("name", ["Person A", ""]),
    ("authorised", ["y", ""]),
    ("digest", ["f" * 64, "x"]),
)


def test_a_form_that_says_something_twice_decides_nothing(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    given = whole_answer(database, letter_id, page)

    for name, twice in TWICE:
        assert client.post(page.request.path + "/answer", data=given | {name: twice}).status_code == 400, name

    assert invitation_states(database, letter_id)[0] == "invited"


def test_no_json_and_no_address_with_fields_is_an_answer(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    given = whole_answer(database, letter_id, page)
    token = {"X-CSRFToken": given["csrf_token"]}

    for body in (given, given | {"authorised": True}, given | {"name": ["x"]}, given | {"name": "\ud800"}, [], 5):
        sent = client.post(
            page.request.path + "/answer", data=json.dumps(body), content_type="application/json", headers=token
        )
        assert sent.status_code == 400
    client.post(page.request.path + "/answer", query_string=given, data={"csrf_token": given["csrf_token"]})
    client.get(page.request.path + "/answer", query_string=given)

    assert invitation_states(database, letter_id)[0] == "invited"


UNREADABLE = (
    "",
    " ",
    "\u00a0",
    "\u200b",
    "\u2800",
    "\u3164",
    "\u00ad",
    "\ue000",
    "\ufe0f",
    "\u202e\U000e0041",
    ".",
    "—",
)


def test_a_name_that_cannot_be_read_signs_nothing_and_gets_no_invitation(database, letter_id):
    link, shown = link_ids(database, letter_id)[0], digest(database, letter_id)

    for name in UNREADABLE:
        with pytest.raises(RefusedError, match="Type the name of the person who signs"):
            act(database, answers.sign, link, Answer(digest=shown, name=name, title="Director", authorised=True))
        with pytest.raises(RefusedError, match="Type your colleague’s name"):
            act(database, delegation.delegate, link, name, "nina@example.org", sure=True)
        with pytest.raises(RefusedError, match="letters that can be read"):
            act(database, invitations.invite, letter_id, text.Cosigner(name), ANNA)

    assert invitation_states(database, letter_id) == ["invited", "invited"]


# --- what the record holds of an answer ----------------------------------------------------------------------------


def test_what_is_no_text_of_this_letter_is_not_answered(database, letter_id):
    link, elsewhere = link_ids(database, letter_id)[0], words(body="Of another letter.").digest()
    with database.reading() as session:
        before = session.query(LogEntry).count()

    for shown in ("", "x" * 300_000, "A libel of Jane Doe", "f" * 64, elsewhere):
        for do in (
            (review.comment, link, shown, None, "Words."),
            (
                review.suggest,
                link,
                review.Suggestion(digest=shown, paragraph=2, replaces="asks for something", replacement="asks"),
            ),
            (review.give_verdict, link, shown, "ready"),
            (answers.decline, link, shown, "No."),
        ):
            with pytest.raises(RefusedError, match="The text has changed"):
                act(database, *do)

    with database.reading() as session:
        assert session.query(LogEntry).count() == before
        assert session.get_one(Letter, letter_id).invitations[0].comments == []


def test_the_same_reason_is_never_recorded_the_same_way_twice(database):
    commitments = set()
    for _ in range(2):
        made = take_in(database, 2)
        open_sign_off(database, made)
        links, shown = link_ids(database, made), digest(database, made)
        sign(database, made, 1)
        act(database, answers.retract, links[1], "Not our field.")
        act(database, answers.decline, links[0], shown, "Not our field.")
        act(database, lifecycle.revise, made, "Not our field.", ANNA)
        act(database, lifecycle.withdraw, made, "Not our field.", ANNA)
        with database.reading() as session:
            entries = [json.loads(row.entry) for row in session.query(LogEntry).filter_by(letter_id=made)]
        said = [one for one in entries if one["action"].endswith((".decline", ".retract", ".revise", ".withdraw"))]
        assert all("reason" not in one["about"] for one in said)
        commitments |= {one["commitment"] for one in said}
        assert is_valid(database, made)

    assert len(commitments) == 8


def test_whose_page_it_is_stays_the_holders_of_its_link(app, database, settings, letter_id):
    client, page = arrived(app, database, settings, letter_id)
    where = f"/review/{invitation_id(database, letter_id, 1)}"

    for noun in ("answer", "successor", "retraction", "logo"):
        assert client.post(f"{where}/{noun}", data={"csrf_token": csrf(page), "choice": "sign"}).status_code in (
            400,
            404,
        )

    assert invitation_states(database, letter_id) == ["invited", "invited"]
