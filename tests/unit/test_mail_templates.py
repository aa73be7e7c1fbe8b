"""Each mail in each language, from the templates that are sent: what it says in text and in HTML, and how it is set."""

import email
import email.policy
import functools
import html
import itertools
import re
from datetime import UTC, datetime

import pytest

from emails.message import Head, build
from workflow import documents
from workflow.languages import LANGUAGES, apart, catalogue, direction, in_zone
from workflow.letter import text
from workflow.mails.writing import TEMPLATES
from workflow.names import listed

IN_SENTENCES = ("organisation", "addressees", "coordinator", "signatory", "others", "reason", "name", "to", "by", "who")
"""What is set apart in a sentence that is written the other way."""
LINK = f"https://letters.example.org/s/{'x' * 43}"
ADDRESS = re.compile(r"\S*(://|@|example\.)\S*|[cf]2sp\S*")
HEAD = Head("a@example.org", "A", "b@example.org", "B", "<x@example.org>", datetime(2026, 1, 1, tzinfo=UTC))
BEFORE = text.Letter("en", "Free them", (text.Recipient("Jane"),), "Dear Jane,", "Free the people.\n\nTwo.", "Yours,")
AFTER = text.Letter("en", "Free them", (text.Recipient("Jane"),), "Dear Jane,", "Free the persons.\n\n3 & 4.", "Yours,")
CASES = [
    *(("invitation", {"in_review": one}) for one in (True, False)),
    *((kind, {"note": ("We’d be <glad> & honoured.", "Second.")}) for kind in ("invitation", "sign_off", "revised")),
    ("sign_off", {}),
    *(("revised", {"to_confirm": True, "objections_until": until, "reason": until}) for until in ("", "tomorrow")),
    *(("revised", {"in_review": one, "changes": []}) for one in (True, False)),
    *(("receipt", {"what": what}) for what in ("signed", "stayed", "retracted", "met")),
    ("receipt", {"what": "signed", "link": ""}),
    *(("condition", {"what": what}) for what in ("agreed", "taken_back", "dismissed")),
    *((kind, {"missed": True}) for kind in ("sign_off", "revised")),
    *(("confirmation", {"what": what}) for what in ("signed", "stayed", "met")),
    *(
        ("letter", {"cover": cover, "copied": copied})
        for cover, copied in (((), ""), (("Dear <Sir>,", "Two."), "a & b"))
    ),
    ("letter", {"office_subject": "Ours", "coordinator_email": "", "signed_by": 1}),
    ("office_copy", {}),
    *(
        ("time_answered", {"what": "granted", "deadline": until, "asked": "a week & more"})
        for until in ("", "tomorrow")
    ),
    ("time_answered", {"what": "declined", "reason": "It leaves <soon>.", "asked": "a week"}),
    *(("copy", {"pdf_sha256": digest}) for digest in ("", "b" * 64)),
    *(
        ("code", {"purpose": one})
        for one in ("sign", "decline", "retract", "hand_over", "logo", "signature", "agree", "take_back", "stop", "two")
    ),
    *(("who_signs", {"what": what, "who": "Bea & Co <b@x.org>"}) for what in ("added", "two", "one")),
    ("who_signs", {"what": "two", "who": ""}),
    *(
        ("reminder", given)
        for given in (
            {},
            {"in_review": True, "changes": []},
            {"to_confirm": True, "since": "1 & 2 have signed."},
            {"confirms": True},
        )
    ),
    *(("deadline_moved", {"how": how}) for how in ("moved", "own", "shared", "extended", "reopened")),
    *(
        ("deadline_moved", {"group": group, "agreed": True})
        for group in ("asked", "revived", "to_confirm", "agreed", "signed")
    ),
    ("deadline_moved", {"group": "to_confirm", "deadline": ""}),
    ("deadline_moved", {"earlier": True, "before": "", "link": ""}),
    *(("confirm_soon", {"agreed": agreed}) for agreed in (False, True)),
    *(
        (kind, {"group": group, "reason": "It leaves <soon>."})
        for kind in ("cancelled", "left_out")
        for group in ("asked", "to_confirm")
    ),
    ("taken_back", {"reason": "It leaves <soon>."}),
    *(("contact_changed", {"domain": domain}) for domain in ("", "example.org")),
    ("proposal", {"to_confirm": f"{LINK}#confirm", "to_refuse": f"{LINK}#refuse"}),
    ("proposal_refused", {"reason": "The board & all."}),
    *(("to_read", {"sender": sender}) for sender in ("", "Bea & Co")),
    *(("heard", {"asked": asked}) for asked in (True, False)),
    *((kind, {"added": added}) for kind in ("addendum", "addendum_copy") for added in (1, 2, 3, 11)),
    *(("withdrawal", {"who": "A & B", "late": late}) for late in (True, False)),
    *(("office_replied", {"words": ("Dear <all>,", "Two."), "has_file": has_file}) for has_file in (True, False)),
    ("late", {}),
    ("renamed", {"before": "A & B", "now": "C", "signed": True}),
    ("no_more", {}),
    ("ledger", {}),
    ("join", {"what": "confirm"}),
    ("join", {"what": "known", "link": ""}),
    ("join_answer", {"what": "refused", "reason": "We keep to <NGOs> & unions of the region."}),
    ("join_answer", {"what": "over"}),
    ("handed_over", {"to": "Dara <dara@example.org>"}),
    *(("reply", {"what": what, "reply": reply}) for what, reply in (("accepted", ""), ("answered", "Yes & no"))),
    ("reply", {"what": "dismissed", "replaces": "", "said": "Why?"}),
]
FOR_STAFF = [
    *(("notice", {"what": one}) for one in ("time", "handed_over", "retracted", "networks", "misplaced", "declined")),
    ("notice", {"what": "time", "deadline": ""}),
    *(("let_in", {"what": "let_in", "role": role}) for role in ("coordinator", "auditor")),
    ("let_in", {"what": "let_in", "role": "auditor", "by": ""}),
    ("let_in", {"what": "handed_on", "role": "coordinator"}),
    ("auditor_link", {}),
    *(("join_notice", {"what": what, "waiting": 3}) for what in ("waiting", "full")),
    ("deadline_came", {"signed": 1, "waiting": 2, "link": "https://letters.example.org/letters/1/deadline"}),
    *(("came_back", {"what": what, "who": "A & B"}) for what in ("returned", "complaint", "not_me")),
    ("came_back", {"what": "returned", "is_office": True, "is_blocked": True, "said": "550 <a@b.org>: no"}),
    *(
        ("came_in", {"is_office": office, "attached": attached})
        for office in (True, False)
        for attached in (True, False)
    ),
    ("undelivered", {"recipient": "Jane & Bo"}),
    *(("afterwards", {"what": what, "words": ("One & two.",)}) for what in ("replied", "silent")),
    ("sample", {}),
    ("sign_in", {}),
]


def data_of(language, **given):
    """What templates are given: names that hold what HTML must escape."""
    at = in_zone(datetime(2026, 12, 24, 17, 0, tzinfo=UTC), "Europe/Paris", language)
    words = {
        "title": "Free them", "campaign": "C", "coordinator": "Anna & Co", "coordinator_email": "anna@example.org",
        "recipients": [("Jane",)], "recipient": ("Jane",), "addressees": "Jane & Bo", "dated": "1 May 2026",
        "subject_line": AFTER.subject, "salutation": AFTER.salutation, "body_text": text.to_plain(AFTER.body),
        "body_html": text.to_html(AFTER.body), "closing": AFTER.closing, "language": "en", "deadline": at,
        "number": 3, "short_digest": "a12c5e4453fe", "signatures": [("Zoë", "O’Brien & Sons")],
        "signed_by": 2, "individuals": 0,
        "others_signed": "2 others", "withheld_signed": "and one organisation whose name is withheld",
        "others": listed(["FIDH", "ADHOC"], 1, language), "docx_sha256": "a" * 64, "pdf_sha256": "b" * 64,
        "check": "https://letters.example.org/genuine/ACDEFGHJKM",
        "organisation": "O'Brien <b>", "signatory": "Zoë", "link": LINK, "in_review": False, "to_confirm": False,
        "reason": "", "changes": [one for one in documents.changes(BEFORE, AFTER) if one.kind != "same"],
        "objections_until": "", "what": "", "name": "Zoë", "name_title": "President", "signed_at": at,
        "signed_digest": "c" * 64,
        "agreed_digest": "d" * 64, "agreed_at": at, "missed": False,
        "signed_number": 2, "sequence": "7", "proof": "proof\n\nsigned", "vkey": "key",
        "code": "123456", "purpose": "sign", "to": "", "said": "", "replaces": "one", "replacement": "two",
        "paragraph": 1, "reply": "", "note": (), "note_by": "Anna & Co",
        "office_subject": "", "cover": (), "copied": "", "letter_subject": "Free them",
        "real_subject": "Will you sign?", "real_text": "Dear Zoë,", "before": "<p>", "after": "</p>",
        "more_time": "a week", "contact": "bo@example.org",
        "days_left": "", "since": "", "stop": "https://letters.example.org/stop/x", "confirms": False, "how": "moved",
        "group": "asked", "earlier": False, "agreed": False, "domain": "", "confirmer": "Bea & Co",
        "proposer": "Cy (cy@example.org)", "letter_title": "Free them", "sent_on": "1 May", "withdrawn_on": "2 May",
        "received_on": "3 May", "letter_docx": "f" * 64, "added": 2, "address": "a@example.org", "which": "invitation",
        "is_office": False, "is_blocked": False, "sender": "bo@example.org", "written_on": "Re: <you>", "answer": "",
        "attached": True, "days": 30, "late": False,
        "by": "Anna & Co", "who": "", "role": "", "ends": at, "again": "https://letters.example.org/sign-in",
    } | {"mail_language": language, "direction": direction(language)} | given  # fmt: skip
    return words | {name: apart(words[name], language) for name in IN_SENTENCES}


def written(kind, language, **given):
    """The subject, the text and the HTML of a mail."""
    words = data_of(language, **given)
    made = email.message_from_bytes(build(TEMPLATES, kind, words, HEAD, translations=catalogue(language)))
    plain, rich = (part.get_payload(decode=True).decode() for part in made.walk() if not part.is_multipart())
    return str(email.header.make_header(email.header.decode_header(made["Subject"]))), plain, rich


EVERY = [*((one, *case) for one in LANGUAGES for case in CASES + FOR_STAFF), ("en", "letter", {}), ("en", "sample", {})]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "kind", "given"), EVERY)
def test_a_mail_says_its_words_as_they_are_in_text_and_in_html(language, kind, given):
    subject, plain, rich = written(kind, language, **given)

    assert subject == subject.strip() != ""
    assert not re.search("&(amp|lt|gt|#)", plain + subject), "escaped where nothing is HTML"
    assert "<b>" not in rich
    assert "%(" not in plain + rich
    assert not re.search(r"[^\W\d_]{2}[.!?]\u2068?[^\W\d_]{2}", ADDRESS.sub("", plain)), (
        "no blank between two sentences"
    )
    if language != "en":
        # What is put into a mail here is called by the name of its field, and so is many a word of pages.
        english = {one.id for one in _untranslated(language)} - {"proof", "signed"}
        lines = {line.strip() for line in plain.splitlines()}
        assert lines.isdisjoint(english), lines & english


@functools.cache
def _untranslated(language):
    from babel.messages.pofile import read_po

    from workflow.languages import CATALOGUES

    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return [
            one
            for one in read_po(source, locale=language)
            if one.id and isinstance(one.id, str) and one.id != one.string
        ]


@pytest.mark.parametrize(("language", "kind", "given"), EVERY)
def test_the_text_of_a_mail_is_set_in_paragraphs_with_its_link_in_a_line_of_its_own(language, kind, given):
    _, plain, rich = written(kind, language, **given)
    plain = plain.replace("\r\n", "\n")

    assert "\n\n\n" not in plain, "more than one blank line"
    for line, below in itertools.pairwise(plain.partition("-" * 72)[0].splitlines()):
        if line and below and not below.startswith(" "):
            first, _, _ = below.partition(" ")  # A no-break space keeps a word and its mark together.
            assert len(f"{line} {first}") > 72, f"no blank line between two paragraphs: {line}"
    if LINK in plain:
        assert f"\n\n{LINK}\n" in plain
    assert all(len(line) <= 76 for line in plain.splitlines() if "://" not in line and "SHA" not in line)
    assert html.escape(LINK) in rich or LINK not in plain


def test_a_letter_to_an_office_counts_the_organisations_that_are_not_named():
    _, plain, _ = written(
        "letter", "en", signatures=[("Zoë", "O"), ("and 2 organisations whose names are withheld",)], signed_by=3
    )

    assert "signed by 3 organisations" in " ".join(plain.split())
