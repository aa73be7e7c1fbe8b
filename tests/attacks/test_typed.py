"""What people type: what is kept of it, how much, and that none of it stands in the record as it is."""

import json
import os
import re
import unicodedata

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.support.browsing import arrived, read, signed_in
from tests.support.evidence import check, entries_of, files_of, find, rewritten
from tests.support.factories import ANNA, BODY, act, digest, link_ids, open_sign_off, sign, state, take_in, words
from tests.support.recording import Raw
from workflow import accounts, documents, history, imports
from workflow.campaigns import comments, drafts, invitations, lifecycle, printing, stationery
from workflow.errors import EntryTooLargeError, IncomingError, RefusedError
from workflow.history import evidence
from workflow.letter import characters, text, typed
from workflow.models import Letter, LogEntry
from workflow.pages.rate_limits import limiter
from workflow.signoffs import answers, codes, delegation, requests, review
from workflow.signoffs.answers import Answer
from workflow.transaction import lock_letter
from workflow.verify.bundle import LARGEST_DISCLOSURE, LARGEST_ENTRY
from wsgi import create_app

LIVES = int(os.environ.get("SOAK", "1"))


@pytest.fixture
def app(settings, database):
    made = create_app(settings, database)
    made.testing = True
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def letter_id(database):
    made = take_in(database, 3)
    open_sign_off(database, made)
    return made


# --- the record ----------------------------------------------------------------------------------------------------


def test_the_history_takes_no_entry_that_the_verifier_would_not_read(database, letter_id):
    for about, disclosed in (
        ({"digest": "x" * LARGEST_ENTRY}, None),
        ({}, {"words": "x" * LARGEST_DISCLOSURE}),
        ({}, {"words": "\u0646" * (LARGEST_DISCLOSURE // 2)}),
    ):
        with pytest.raises(EntryTooLargeError, match="the limit is"), database.writing() as session:
            lock_letter(session, letter_id)
            history.append(session, letter_id, ANNA, Raw("comment.added", about, disclosed))

    with database.writing() as session:
        lock_letter(session, letter_id)
        room = LARGEST_DISCLOSURE - 200
        history.append(session, letter_id, ANNA, Raw("comment.added", {}, {"words": "x" * room}))
    assert check(database, files_of(database, letter_id)).problems == []


POSTS = {
    "/answer": ("digest", "choice", "name", "title", "authorised", "withheld", "code", "reason", "reason_shared"),
    "/comments": ("digest", "paragraph", "words"),
    "/suggestions": ("digest", "paragraph", "replaces", "replacement", "words"),
    "/verdict": ("digest", "verdict"),
    "/successor": ("name", "email", "sure"),
    "/more-time": ("how_long", "words"),
    "/retraction": ("word", "reason"),
}
REAL = {
    "choice": ["sign", "confirm", "decline", "misplaced"],
    "authorised": ["y"],
    "withheld": ["y"],
    "reason_shared": ["y"],
    "paragraph": ["0", "1", "2"],
    "verdict": ["ready", "changes_requested"],
    "sure": ["y"],
    "how_long": ["1", "other"],
    "word": ["RETRACT"],
    "email": ["canary-address@example.org"],
    "replaces": ["asks for something"],
}
CANARY = st.text(st.characters(exclude_categories=("Cs",)), max_size=30).map(lambda more: f"Canary{more}words typed")


@st.composite
def posted(draw):
    """One form of a co-signer: each field as the page would send it, or whatever somebody types."""
    where = draw(st.sampled_from(sorted(POSTS)))
    fields = {}
    for name in POSTS[where]:
        real = [st.sampled_from(REAL[name])] if name in REAL else [st.just("{digest}")] if name == "digest" else []
        fields[name] = draw(st.one_of(*real, *real, *real, CANARY, CANARY.map(lambda words: words * 40)))
    return where, fields


def _is_in(words, entry):
    cleaned = " ".join(words.split())
    return any(piece in entry for piece in (words, words.strip(), cleaned, json.dumps(words)[1:-1]) if len(piece) >= 8)


def test_whatever_a_co_signer_posts_the_evidence_holds_and_no_entry_says_what_was_typed(
    app, database, settings, letter_id, monkeypatch
):
    monkeypatch.setattr(limiter, "enabled", False)
    browsers = [arrived(app, database, settings, letter_id, number) for number in range(3)]
    shown, everything = digest(database, letter_id), set()

    @hypothesis_settings(max_examples=25 * LIVES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2), posted())
    @example(0, ("/comments", {"digest": "Canary of three hundred" * 99, "paragraph": "0", "words": "Canary words"}))
    @example(0, ("/comments", {"digest": "{digest}", "paragraph": "9" * 5000, "words": "Canary words"}))
    @example(1, ("/comments", {"digest": "{digest}", "paragraph": "1", "words": "Canary words"}))
    @example(2, ("/successor", {"name": "Canary" * 1000, "email": "canary-address@example.org", "sure": "y"}))
    @example(1, ("/answer", {"digest": "{digest}", "choice": "sign", "name": "Canary Name", "authorised": "y"}))
    @example(1, ("/retraction", {"word": "RETRACT", "reason": "Canary reason"}))
    @example(1, ("/more-time", {"how_long": "other", "words": "Canary of time"}))
    @example(2, ("/answer", {"digest": "{digest}", "choice": "decline", "name": "Canary Name", "authorised": "y"}))
    def post(number, form):
        where, fields = form
        client, page = browsers[number]
        given = {name: shown if value == "{digest}" else value for name, value in fields.items()}
        answered = client.post(page.request.path + where, data=given)
        assert answered.status_code in (200, 303, 400, 404, 409)
        everything.update(value for value in given.values() if "anary" in value)

    post()

    with database.reading() as session:
        assert evidence.verify(session, letter_id).problems == []
        entries = b"\n".join(row.entry for row in session.query(LogEntry)).decode()
    assert "anary" not in entries
    assert not [words for words in everything if _is_in(words, entries)]
    with database.reading() as session:
        said = [one["action"] for one in (json.loads(line) for line in entries.split("\n"))]
    assert {"comment.added", "invitation.sign", "invitation.decline", "invitation.retract"} <= set(said)


def test_the_countries_between_the_names_are_committed_to_and_entries_of_old_still_verify(database, letter_id):
    sign(database, letter_id)
    with database.reading() as session:
        who = session.get_one(Letter, letter_id).invitations[0].id
    act(database, stationery.set_standing, letter_id, who, stationery.Standing(1, "Canary Republic"), ANNA)
    act(database, stationery.choose, letter_id, stationery.Choice("plain", "country", "agreed"), ANNA)
    act(database, lifecycle.approve, letter_id, ANNA)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        made_for, recipient = printing.fingerprint(row), row.recipients[0]
        docx = documents.render_docx(printing.paper(row, recipient))
    act(database, printing.keep_rendering, letter_id, recipient.id, made_for=made_for, docx=docx, pdf=None)
    files = files_of(database, letter_id)

    assert b"Canary" not in b"".join(content for name, content in files.items() if name.startswith("entries/"))
    assert check(database, files).problems == []

    seq = find(files, "document.rendered")
    opened = json.loads(files.pop(f"disclosures/{seq}.json"))["payload"]
    assert check(database, files).problems != [], "a heading that nothing speaks of is no name that signed"
    entries = entries_of(files)
    del entries[seq]["commitment"]
    entries[seq]["about"] |= opened
    assert check(database, rewritten(database, files, entries)).problems == []


# --- how much ------------------------------------------------------------------------------------------------------


def test_every_field_has_a_limit_that_is_said_in_a_sentence(database):
    made = take_in(database, 3, deadline=None)
    act(database, lifecycle.circulate, made, ANNA)
    links, shown = link_ids(database, made), digest(database, made)
    root = act(database, review.comment, links[0], shown, 1, "A comment.")
    with database.writing() as session:
        user = accounts.user(session, "anna@example.org").id
        row = session.get_one(Letter, made)
        who, recipient = row.invitations[0].id, row.recipients[0].id
    acts = {
        200: [
            lambda s, w: delegation.delegate(s, links[0], w, "nina@example.org", sure=True),
            lambda s, w: answers.sign(s, links[0], Answer(digest=shown, name=w, authorised=True)),
            lambda s, w: answers.sign(s, links[0], Answer(digest=shown, name="P", title=w, authorised=True)),
            lambda s, w: answers.decline(s, links[0], shown, "", name=w),
        ],
        10_000: [
            lambda s, w: review.comment(s, links[0], shown, 1, w),
            lambda s, w: review.reply(s, links[0], root.id, w),
            lambda s, w: review.suggest(
                s, links[0], review.Suggestion(digest=shown, paragraph=2, replaces=w, replacement="x")
            ),
            lambda s, w: review.suggest(
                s, links[0], review.Suggestion(digest=shown, paragraph=2, replaces="asks for", replacement=w)
            ),
            lambda s, w: review.suggest(
                s,
                links[0],
                review.Suggestion(digest=shown, paragraph=2, replaces="asks for", replacement="begs", words=w),
            ),
            lambda s, w: answers.decline(s, links[0], shown, w),
            lambda s, w: comments.answer(s, made, root.id, w, history.coordinator(user)),
            lambda s, w: lifecycle.revise(s, made, w, ANNA),
            lambda s, w: lifecycle.withdraw(s, made, w, ANNA),
        ],
        1_000: [lambda s, w: requests.ask_for_time(s, links[0], w)],
        100: [lambda s, w: codes.redeem(s, links[0], "browser", w)],
        500: [
            lambda s, w: invitations.invite(s, made, text.Cosigner(w), ANNA),
            lambda s, w: invitations.invite(s, made, text.Cosigner("O", w), ANNA),
            lambda s, w: invitations.invite(s, made, text.Cosigner("O", signatory=w), ANNA),
            lambda s, w: stationery.set_standing(s, made, who, stationery.Standing(1, w), ANNA),
            lambda s, w: drafts.take_in(s, words(subject=w), [], ANNA, dated=None, terms=drafts.Terms()),
            lambda s, w: drafts.take_in(s, words(closing=w), [], ANNA, dated=None, terms=drafts.Terms()),
            lambda s, w: drafts.take_in(s, words(), [], ANNA, dated=None, terms=drafts.Terms(name=w)),
            lambda s, w: drafts.take_in(
                s, words(recipients=(text.Recipient(w),)), [], ANNA, dated=None, terms=drafts.Terms()
            ),
        ],
        200_000: [lambda s, w: drafts.take_in(s, words(body=w), [], ANNA, dated=None, terms=drafts.Terms())],
    }
    # Signing needs sign-off to be open; the limit is asked first.
    for most, these in acts.items():
        for do in these:
            with pytest.raises(RefusedError) as refused:
                act(database, do, "A" * (most + 1))
            assert str(refused.value.reasons[0]).endswith("."), most
            assert str(most) in str(refused.value.reasons[0]) or "6 digits" in str(refused.value.reasons[0])
    for do in (
        lambda s, w: invitations.set_contact(s, made, who, w, ANNA),
        lambda s, w: invitations.set_second_contact(s, made, who, w, ANNA),
        lambda s, w: drafts.set_recipient_email(s, made, recipient, w, ANNA),
        lambda s, w: delegation.delegate(s, links[0], "N", w, sure=True),
    ):
        for wrong in ("a" * 300 + "@example.org", "a\0@example.org", "nobody"):
            with pytest.raises(RefusedError):
                act(database, do, wrong)
    assert state(database, made) == "in_review"


# --- what is kept of it --------------------------------------------------------------------------------------------

ANYTHING = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs",)),
        st.sampled_from("\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202e\u2066\u2069\u00ad\ufeff\u2800\u3164\ufe0f"),
        st.sampled_from("\u115f\u034f\U000e0041\ue000\ufdd0aé\u05d0\u0628\u06cc\u0915\u094d\u1780 \n"),
    )
)
KEPT = {*characters.JOINERS, *characters.BEFORE_DIGITS}


@given(ANYTHING)
def test_a_name_holds_nothing_that_prints_nothing(words):
    kept = typed.shown(words)

    assert typed.shown(kept) == kept, "what was cleaned stays as it is"
    assert text.clean_line(kept) == kept
    assert not [c for c in kept if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") and c not in KEPT]
    assert not re.search("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2066-\u206f\u00ad\u2800\u3164\ufeff]", kept)


@given(ANYTHING)
def test_a_text_that_was_cleaned_reads_as_it_stands_and_is_not_cleaned_again(words):
    kept = typed.block(words, typed.BODY)

    assert not characters.turns(kept)
    assert typed.block(kept, typed.BODY) == kept == text.clean_block(kept)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("می‌خواهم", "می‌خواهم"),  # Persian: what joins and parts its letters
        ("क्‍ष", "क्‍ष"),  # Hindi
        ("محمد العلي", "محمد العلي"),
        ("葛\U000e0100城", "葛\U000e0100城"),  # the form of an ideograph
        ("\U00031350", "\U00031350"),  # an ideograph younger than Python's tables
        ("Zoë\u0301\u00ad-Ann", "Zoë\u0301-Ann"),
        ("Ma\u200bria", "Maria"),
        ("Ma\u200cria", "Maria"),
        ("\u202eairaM", "airaM"),
        ("\u2066Maria\u2069", "Maria"),
        ("Maria\U000e0041\U000e0042", "Maria"),
        ("Kim\u3164Chul\u2800Su", "Kim Chul Su"),
        ("Maria\x00 \x07Lima", "Maria Lima"),
    ],
)
def test_names_of_every_script_stay_and_tricks_do_not(written, kept):
    assert typed.name(written) == kept


def test_half_a_character_is_refused():
    with pytest.raises(RefusedError, match="Part of a character"):
        typed.name("Maria\ud800")
    with pytest.raises(IncomingError, match="invalid Unicode character"):
        imports.read(b'---\nsubject: "A \\ud800"\n---\nBody of it.\n')


TRICK = "They \u202eevah ton od\u202c agree.\U000e0041"
ARABIC = "نطلب من الوزير الإفراج عن ١٧ شخصًا\u200f (الآن)."


def test_a_draft_is_kept_without_what_turns_its_words_and_that_is_said(app, database, monkeypatch):
    monkeypatch.setattr(limiter, "enabled", False)
    made = take_in(database, 1)
    app.config["WTF_CSRF_ENABLED"] = True
    client = signed_in(app, database)
    page = client.get(f"/letters/{made}/draft")
    fields = dict(read(page).get_element_by_id("draft").form_values())
    fields |= {"subject": "Free\u202e them", "body": f"{TRICK}\n\n{ARABIC}"}

    saved = client.post(f"/letters/{made}/draft", data=fields, follow_redirects=True)

    assert "characters that turn the order of words" in saved.text
    with database.reading() as session:
        row = session.get_one(Letter, made)
        assert (row.subject, row.body) == ("Free them", f"They evah ton od agree.\n\n{ARABIC}")


def test_a_letter_that_comes_in_with_such_characters_says_so():
    file = f"---\nsubject: Free them\nlanguage: en\n---\n{TRICK}\n".encode()

    read = imports.read(file)

    assert read.letter.body == "They evah ton od agree."
    assert any("turn the order of words" in said for said in read.unsure)


def test_a_draft_of_old_with_such_characters_is_not_put_before_anybody(database):
    made = take_in(database, 1)
    with database.writing() as session:
        session.get_one(Letter, made).body = TRICK

    with pytest.raises(RefusedError, match="change the order of words"):
        open_sign_off(database, made)


def test_a_text_that_was_frozen_keeps_its_digest_whatever_it_holds(database):
    """The digest was signed: what people type is cleaned, what they signed is not."""
    old = words(body=f"{TRICK}\u00ad\n\n{BODY}", subject="A\u200b subject")

    again = text.from_canonical(old.canonical())

    assert again == text.Letter(
        **{name: getattr(old, name) for name in ("language", "subject", "salutation", "body", "closing")},
        recipients=again.recipients,
    )
    assert again.digest() == old.digest()
    assert old.digest() == "7047a2a50b3efca4a7c2bbc974b44b89fc3847776728c8f7020615b2bf602a67"
