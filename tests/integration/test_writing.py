"""Many mails written at once: each is the one that it would be alone, and none holds up the others."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from emails.headers import Head
from emails.skeleton import fill
from tests.support.factories import act, dispatched, mails, open_sign_off, sign, take_in, tell
from tests.support.listening import statements
from tests.support.mailings import invited, sent_to_the_office
from tests.support.writing import parsed, rsa_key
from workflow import accounts
from workflow.campaigns import dispatch
from workflow.errors import LinkSecretChangedError
from workflow.history import common
from workflow.mails import shared, writing
from workflow.mails.shared import Kept, SharedWords, WordsChangedError
from workflow.mails.writing import gather, keep_skeleton, write, write_many
from workflow.models import (
    Delivery,
    Invitation,
    Letter,
    Link,
    MailSkeleton,
    Organisation,
    Signoff,
    User,
    now,
)

VECTORS = Path(__file__).parents[1] / "vectors"
AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def test_many_mails_are_each_what_it_would_be_alone(database):
    open_sign_off(database, take_in(database, 4))

    with database.reading() as session:
        mails = {mail.id: mail for mail in session.scalars(select(Delivery))}
        written = write_many(session, mails)
        alone = {key: write(session, mail) for key, mail in mails.items()}

    assert len(mails) == 4
    assert {key: one.content for key, one in written.items()} == alone
    assert {key: one.address for key, one in written.items()} == {key: mail.address for key, mail in mails.items()}
    assert {one.sha256 for one in written.values()} == {hashlib.sha256(one).hexdigest() for one in alone.values()}


def test_a_mail_that_is_kept_whole_is_sent_as_it_was_kept(database):
    open_sign_off(database, take_in(database, 1))
    with database.writing() as session:
        mail = session.scalars(select(Delivery)).one()
        mail.sealed = session.tokens.encrypt(b"As it was.\r\n")

    with database.reading() as session:
        written = write_many(session, [mail.id])[mail.id]

    assert (written.content, written.skeleton, written.error) == (b"As it was.\r\n", None, None)


def test_a_mail_that_cannot_be_made_says_why_and_the_others_are_made(database):
    open_sign_off(database, take_in(database, 3))
    with database.writing() as session:
        first, *others = session.scalars(select(Delivery)).all()
        session.get_one(Link, first.about["link"]).token_hash = "0" * 64

    with database.reading() as session:
        written = write_many(session, [first.id, *(mail.id for mail in others)])

    assert isinstance(written[first.id].error, LinkSecretChangedError)
    assert not written[first.id].pieces
    assert all(written[mail.id].error is None and written[mail.id].pieces for mail in others)


# --- made again -------------------------------------------------------------------------------------------------------


def handed_over(database) -> dict[str, tuple[str, str]]:
    """Every mail is written and its row told what it is made from, as the mark does; their SHA-256 and skeletons."""
    with database.reading() as session:
        written = write_many(session, session.scalars(select(Delivery.id)).all())
    with database.writing() as session:
        for mail in session.scalars(select(Delivery)):
            keep_skeleton(session, written[mail.id])
            mail.skeleton, mail.fills = written[mail.id].skeleton, written[mail.id].fills
            if mail.skeleton is None:
                mail.sealed = session.tokens.encrypt(written[mail.id].content)
    assert [one.error for one in written.values() if one.error] == []
    return {key: (one.sha256, one.skeleton) for key, one in written.items()}


def forget():
    """What a new process does not know."""
    shared._words, shared._parts, writing._known_words = Kept(128), Kept(1), Kept(1)


def again(database, process_ends=True) -> dict[str, tuple[str, str]]:
    if process_ends:
        forget()
    with database.reading() as session:
        written = write_many(session, session.scalars(select(Delivery.id)).all())
    assert [one.error for one in written.values() if one.error] == []
    return {key: (one.sha256, one.skeleton) for key, one in written.items()}


def everything_changes(database, monkeypatch, tmp_path):
    """All that mails are made from is another one: names, addresses, texts, templates, settings, translations."""
    with database.writing() as session:
        for row in (*session.scalars(select(Organisation)), *session.scalars(select(User))):
            row.name = f"Another {row.name}"
        for invitation in session.scalars(select(Invitation)):
            invitation.signatory, invitation.language, invitation.timezone = "Somebody Else", "fr", "Asia/Tokyo"
            invitation.email, invitation.confidential = "x@example.org", True
        for user in session.scalars(select(User)):
            user.email = f"other-{user.email}"
        for letter in session.scalars(select(Letter)):
            letter.subject, letter.place, letter.date, letter.reason = "Another", "Elsewhere", None, "Others"
            letter.deadline = letter.deadline + timedelta(days=3)
        for signoff in session.scalars(select(Signoff)):
            signoff.name, signoff.title = "Nobody", ""
        for link in session.scalars(select(Link)):
            link.revoked_at = now()
    take_in(database)
    newest(database)
    templates = tmp_path / "others"
    shutil.copytree(writing.TEMPLATES, templates)
    for path in templates.rglob("*.*"):
        path.write_text(path.read_text() + "!" * (path.suffix != ".css"))
    monkeypatch.setattr(writing, "TEMPLATES", templates)
    sign_with(database, tmp_path / "other.pem")
    database.settings.public_url, database.settings.mail_from_name = "https://elsewhere.example", "Others"


def sign_with(database, path):
    """Mails are signed with a new key from now on."""
    path.write_bytes(rsa_key().private_key)
    database.settings.dkim_domain, database.settings.dkim_key_file = "example.org", path


@pytest.mark.parametrize("signed", [True, False])
def test_a_mail_is_made_again_to_the_byte_whatever_has_changed(signed, database, monkeypatch, tmp_path):
    if signed:
        sign_with(database, tmp_path / "key.pem")
    letter_id = take_in(database, 4)
    open_sign_off(database, letter_id)
    for number in range(4):
        sign(database, letter_id, number)
    newest(database)
    before = handed_over(database)
    kinds = {"invitation", "receipt"}
    with database.reading() as session:
        shared_words = {mail.id for mail in session.scalars(select(Delivery)) if mail.kind in kinds}
    assert {key for key, (_, skeleton) in before.items() if skeleton} == shared_words
    assert len(shared_words) == 8

    everything_changes(database, monkeypatch, tmp_path)

    assert again(database) == before


def test_a_copy_of_the_letter_is_made_again_with_its_documents(database, monkeypatch, tmp_path):
    letter_id = dispatched(database)
    tell(database, letter_id)
    act(database, dispatch.confirm, letter_id)
    assert len(mails(database, letter_id, "copy")) == 2
    before = handed_over(database)
    assert [before[mail.id][1] for mail in mails(database, letter_id, "letter")] == [None]
    assert len({before[mail.id][1] for mail in mails(database, letter_id, "copy")}) == 1

    everything_changes(database, monkeypatch, tmp_path)

    assert again(database) == before


def test_mails_of_a_mailing_share_one_skeleton_and_say_no_token(database):
    letter_id = take_in(database, 5)
    open_sign_off(database, letter_id)
    handed_over(database)

    with database.reading() as session:
        [skeleton] = session.scalars(select(MailSkeleton))
        rows = session.scalars(select(Delivery)).all()
        contents = [one.content for one in write_many(session, [row.id for row in rows]).values()]
        tokens = [session.tokens.links(link.id)[0] for link in session.scalars(select(Link))]

    assert hashlib.sha256(skeleton.content).hexdigest() == skeleton.sha256
    assert {row.skeleton for row in rows} == {skeleton.sha256}
    assert all(any(token.encode() in one.replace(b"=\r\n", b"") for one in contents) for token in tokens)
    kept = skeleton.content.decode() + json.dumps([row.fills for row in rows])
    assert not any(token in kept for token in tokens)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Another"},
        {"place": "Geneva"},
        {"date": date(2027, 1, 1)},
    ],
)
def test_other_words_are_another_skeleton(database, change):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    before = {skeleton for _, skeleton in again(database).values()}
    with database.writing() as session:
        for name, value in change.items():
            setattr(session.get_one(Letter, letter_id), name, value)

    assert before.isdisjoint({skeleton for _, skeleton in again(database, process_ends=False).values()})


def test_a_skeleton_is_kept_once(database):
    open_sign_off(database, take_in(database, 2))
    for _ in range(2):
        handed_over(database)

    with database.reading() as session:
        assert len(session.scalars(select(MailSkeleton)).all()) == 1


def test_names_that_html_would_change_are_written_for_themselves(database):
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    with database.writing() as session:
        session.scalars(select(Signoff)).one().name = "A\rB"

    [receipt] = mails(database, letter_id, "receipt")
    with database.reading() as session:
        written = write_many(session, [receipt.id])[receipt.id]
        alone = write(session, receipt)

    assert (written.skeleton, written.fills, written.content) == (None, {}, alone)


def test_a_mail_whose_words_were_changed_since_is_not_sent(database):
    open_sign_off(database, take_in(database, 2))
    handed_over(database)
    with database.writing() as session:
        kept = session.scalars(select(MailSkeleton)).one()
        kept.content = kept.content.replace(b"Will you sign?", b"You won a prize")
    forget()

    with database.reading() as session:
        written = write_many(session, session.scalars(select(Delivery.id)).all())

    assert [type(one.error) for one in written.values()] == [WordsChangedError] * 2


@pytest.mark.parametrize("name", ["mail_skeleton.json", "mail_skeleton_with_head.json"])
def test_what_was_kept_is_the_same_mail_in_every_version(name):
    """As the versions of these kept it: what is stored is filled in for as long as a mail waits."""
    kept = json.loads((VECTORS / "mail_skeleton.json").read_text())
    kept |= json.loads((VECTORS / name).read_text())
    content = json.dumps(kept["skeleton"] | kept.get("more", {}), ensure_ascii=False, separators=(",", ":")).encode()
    words = SharedWords.of(content)
    head = Head("a@example.org", words.sender.name, "b@example.org", kept["to"], "<x@example.org>", AT, "c@example.org")

    pieces = fill(words.words, kept["values"], replace(head, note=words.head))

    assert words.content == content
    assert hashlib.sha256(b"".join(pieces)).hexdigest() == kept["sha256"]


# --- the head that they carry -----------------------------------------------------------------------------------------


def carried(content: bytes) -> str:
    [value] = parsed(content).get_all("Undersigned-Head", [""])
    return base64.b64decode("".join(value.split()), validate=True).decode()


def newest(database) -> str:
    assert common.sequence(database) > 0
    with database.reading() as session:
        return common.newest(session)


def carried_by(database) -> dict[str, set[str]]:
    """The heads that the mails of each kind carry, as another process makes them."""
    forget()
    found = defaultdict(set)
    with database.reading() as session:
        kinds = {mail.id: mail.kind for mail in session.scalars(select(Delivery))}
        for key, one in write_many(session, kinds).items():
            found[kinds[key]].add(carried(one.content))
    return found


def test_every_mail_carries_the_newest_head_and_is_sent_again_with_the_one_that_it_was_made_with(database):
    dispatched(database, 3)
    with database.writing() as session:
        accounts.user(session, "staff@example.org", "Staff")
        accounts.mail_sign_in_link(session, "staff@example.org")
    kinds = {"invitation", "receipt", "letter", "sign_in"}
    assert {kind: heads for kind, heads in carried_by(database).items() if kind in kinds} == dict.fromkeys(kinds, {""})
    head = newest(database)
    handed_over(database)
    open_sign_off(database, take_in(database))
    newer = newest(database)

    assert head != newer
    found = carried_by(database)
    assert {kind: found[kind] for kind in kinds} == dict.fromkeys(kinds, {head}) | {"invitation": {head, newer}}


def test_a_mailing_compiles_its_words_once_however_many_heads_are_signed_meanwhile(database, monkeypatch):
    invited(database, 3)
    forget()
    writing._known_words = Kept(128)
    compiled = []
    honest = writing.compile_skeleton
    monkeypatch.setattr(writing, "compile_skeleton", lambda *given: compiled.append(given) or honest(*given))
    skeletons = set()
    for _ in range(3):
        newest(database)
        with database.reading() as session:
            every = [mail.id for mail in session.scalars(select(Delivery).where(Delivery.kind == "invitation"))]
            skeletons |= {one.skeleton for one in write_many(session, every).values()}
        take_in(database)

    assert (len(compiled), len(skeletons)) == (1, 3)


# --- no mail grows with the number of co-signers ----------------------------------------------------------------------


def test_a_mail_names_thirty_who_have_signed_and_counts_the_others(database):
    letter_id = invited(database, 34)
    for number in range(33):
        sign(database, letter_id, number)

    [*_, receipt] = mails(database, letter_id, "receipt")
    with database.reading() as session:
        data = gather(session, receipt)
        content = write_many(session, [receipt.id])[receipt.id].content

    assert [lines[-1] for lines in data.signed.text.signatures] == [f"Organisation {n} (O{n})" for n in range(30)]
    text, html = (parsed(content).get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "\n3 others\n" in text.replace("\r\n", "\n")
    assert "<strong>3 others</strong>" in html


def test_the_office_gets_every_name(database):
    letter_id = invited(database, 33)
    sent_to_the_office(database, letter_id, signed=33)

    [letter] = mails(database, letter_id, "letter")
    with database.reading() as session:
        data = gather(session, letter)

    assert len(data.text.signatures) == 33
    assert data.text.others_signed == ""


def test_many_mails_ask_the_database_as_often_as_a_few(database):
    counts = []
    for count in (3, 40):
        letter_id = invited(database, count)
        every = [mail.id for mail in mails(database, letter_id, "invitation")]
        with database.reading() as session, statements(database) as said:
            write_many(session, every)
        counts.append(len(said))

    assert 0 < counts[0] == counts[1] < 15


@pytest.mark.parametrize("withheld", [False, True])
def test_an_invitation_names_the_others_alone(database, withheld):
    letter_id = invited(database, 4)
    with database.writing() as session:
        session.scalars(select(Invitation).order_by(Invitation.position)).first().confidential = withheld

    first, second, *_ = sorted(mails(database, letter_id, "invitation"), key=lambda mail: mail.address)
    with database.reading() as session:
        told = [gather(session, mail).others for mail in (first, second)]

    theirs = "Organisation 2, Organisation 3"
    assert told == [
        f"Organisation 1, {theirs}",
        f"{theirs}, 1 organisation, name withheld" if withheld else f"Organisation 0, {theirs}",
    ]
