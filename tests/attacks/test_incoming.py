"""What strangers and lying mail servers send to the addresses that mails come back to: only what should counts."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import threading
import tracemalloc

import pytest
from sqlalchemy import func, select

from config.settings import Settings
from emails import return_path
from tests.support import returned
from tests.support.browsing import csrf, signed_in
from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    findings,
    invitation_states,
    link_ids,
    open_sign_off,
    sign,
    standing,
    take_in,
    tell,
)
from tests.support.incoming import come, mails, reads_mail, reply_to
from tests.support.incoming import return_path as back_to
from workflow import accounts
from workflow.campaigns import incoming, invitations
from workflow.campaigns import returned as giving_back
from workflow.commands.mail import received
from workflow.database import Database
from workflow.mails.writing import write
from workflow.models import BlockedAddress, Delivery, IncomingMail, Letter, Link, Membership, User
from workflow.signoffs import answers, requests


@pytest.fixture(name="letter_id")
def with_a_mailbox(database):
    reads_mail(database)
    return with_coordinator(database)


def with_coordinator(database) -> str:
    """A letter that three organisations have been asked to sign, and who coordinates it."""
    with database.writing() as session:
        accounts.user(session, "anna@example.org", "Anna")
    made = take_in(database, 3)
    with database.writing() as session:
        anna, campaign = session.scalars(select(User)).one(), session.get_one(Letter, made).campaign_id
        if session.get(Membership, (campaign, anna.id)) is None:
            session.add(Membership(campaign_id=campaign, user_id=anna.id, role="coordinator"))
    open_sign_off(database, made)
    tell(database, made)
    return made


def asked(database) -> list[Delivery]:
    return mails(database, "invitation")


def bounce(delivery, to, **given) -> bytes:
    words = {"words": "x", "action": "failed", "status": "5.1.1", "diagnostic": "smtp; 550 5.1.1 no"}
    return returned.dsn(**{**words, "who": delivery.address, "to": to, **given})


def state(database, delivery) -> str:
    with database.reading() as session:
        return session.get_one(Delivery, delivery.id).state


def number(database, what, *which) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(what).where(*which))


def test_what_bears_no_tag_of_ours_counts_for_nothing_and_is_on_record(database, letter_id):
    one, two = asked(database)[:2]
    own = back_to(database, one)
    tag, _, rest = own.partition("+")[2].partition(".")
    guessed = return_path.tagged("bounces@example.org", b"\0" * 16, one.id)
    of_another = f"bounces+{tag}.{back_to(database, two).partition('.')[2]}"
    never_sent = back_to(database, "0" * 32)
    for_replies = reply_to(database, one).replace("reply+", "bounces+")
    elsewhere = own.replace("@example.org", "@example.net")
    bent = own.replace(tag, ("a" if tag[0] != "a" else "b") + tag[1:])

    for to in (guessed, of_another, never_sent, for_replies, elsewhere, bent, "bounces@example.org", f"x{own}", rest):
        assert come(database, bounce(one, to).replace(own.encode(), to.encode())) == "unknown", to

    assert {state(database, mail) for mail in asked(database)} == {"accepted"}
    assert number(database, BlockedAddress) == 0
    assert number(database, IncomingMail, IncomingMail.kind == "unknown") == 9
    assert number(database, IncomingMail, IncomingMail.sealed.is_not(None)) == 0


def test_whoever_got_a_copy_of_an_answer_stops_nobodys_mails(database, letter_id):
    """They know the address for answers: it proves nothing of a mail that came back, or was reported as unwanted."""
    one = asked(database)[0]
    to = reply_to(database, one)
    for forged in (bounce(one, to), returned.complaint(to=to, who=one.address)):
        assert come(database, forged) == "unknown"
        assert come(database, forged + b"\n", to) == "unknown"

    assert state(database, one) == "accepted"
    assert number(database, BlockedAddress) == 0
    elsewhere = bounce(one, back_to(database, one)).replace(back_to(database, one).encode(), b"postmaster@x.example", 1)
    assert come(database, elsewhere) == "returned"


def test_a_mail_that_was_answered_or_is_long_gone_does_not_come_back(database, letter_id, later):
    one, two = asked(database)[:2]
    later(minutes=5)
    sign(database, letter_id, 0)
    assert come(database, bounce(one, back_to(database, one))) == "unknown"
    later(days=11)
    assert come(database, bounce(two, back_to(database, two))) == "unknown"

    assert (state(database, one), state(database, two)) == ("accepted", "accepted")
    with database.reading() as session:
        assert {row.found["why"] for row in session.scalars(select(IncomingMail))} == {
            "The organisation has answered since.",
            "It came too late to be true.",
        }


def test_a_report_is_about_the_mail_whose_tag_it_bears_whomever_it_names(database, letter_id):
    one, two = asked(database)[:2]
    for report in (
        bounce(one, back_to(database, one), who=two.address),
        returned.complaint(to=back_to(database, one), who=two.address),
    ):
        come(database, report)

    assert (state(database, one), state(database, two)) == ("bounced", "accepted")
    with database.reading() as session:
        assert [row.address for row in session.scalars(select(BlockedAddress))] == [one.address]


def test_what_was_said_to_arrive_does_not_come_back_once_more(database, letter_id):
    """A report that is sent anew, with another byte in it, blocks nothing again."""
    one = asked(database)[0]
    report, unwanted = (
        bounce(one, back_to(database, one)),
        returned.complaint(to=back_to(database, one), who=one.address),
    )
    assert come(database, report) == "returned"
    act(database, giving_back.works_after_all, letter_id, one.invitation_id, ANNA)
    assert [come(database, report + b"x" * n) for n in range(3)] == ["seen", "unknown", "unknown"]
    assert (state(database, one), number(database, BlockedAddress, BlockedAddress.lifted_at.is_(None))) == (
        "accepted",
        0,
    )

    assert come(database, unwanted) == "complaint"
    act(database, requests.write_again, link_ids(database, letter_id)[0])
    size = len(actions(database, letter_id))
    assert [come(database, unwanted + b"x" * n) for n in range(3)] == ["seen", "unknown", "unknown"]
    assert number(database, BlockedAddress, BlockedAddress.lifted_at.is_(None)) == 0
    assert len(actions(database, letter_id)) == size, "whoever knows a tag makes no history grow"


def test_an_old_report_says_nothing_of_the_new_address(app, database, letter_id):
    one = asked(database)[0]
    act(database, invitations.set_contact, letter_id, one.invitation_id, "new@example.org", ANNA)
    tell(database, letter_id)

    assert come(database, bounce(one, back_to(database, one))) == "returned"

    with database.reading() as session:
        assert [row.address for row in session.scalars(select(BlockedAddress))] == [one.address] != ["new@example.org"]
    assert "An email was returned" not in signed_in(app, database).get(f"/letters/{letter_id}").text
    assert [mail.state for mail in mails(database, "invitation") if mail.address == "new@example.org"] == ["accepted"]


def test_nothing_that_comes_back_takes_a_signature_away(database, letter_id, later):
    one = asked(database)[0]
    later(minutes=5)
    sign(database, letter_id, 0)
    tell(database, letter_id)
    (receipt,) = mails(database, "receipt")
    later(minutes=5)
    for mail in (one, receipt):
        to = back_to(database, mail)
        come(database, bounce(mail, to)), come(database, returned.complaint(to=to, who=mail.address))

    assert [state(database, mail) for mail in (one, receipt)] == ["accepted", "bounced"]
    assert invitation_states(database, letter_id) == ["signed", "invited", "invited"]
    assert standing(database, letter_id)[0][1] == "confirmed"
    assert findings(database, letter_id) == []


def test_the_same_mail_by_a_hundred_at_once_counts_once(database, letter_id):
    one = asked(database)[0]
    content = bounce(one, back_to(database, one))
    became = []

    def bring():
        for _ in range(5):
            became.append(come(database, content))

    workers = [threading.Thread(target=bring) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert sorted(became) == ["returned"] + ["seen"] * 29
    assert number(database, IncomingMail) == 1


def test_no_mail_decides_anything_whatever_it_says(database, letter_id):
    one = asked(database)[0]
    for words in ("I SIGN.", "We decline.", "choice=sign&authorised=yes&name=Person A", "Yes, signed: Person A"):
        assert come(database, returned.written(words=words, to=reply_to(database, one))) == "reply"

    assert invitation_states(database, letter_id) == ["invited"] * 3


def test_two_machines_that_answer_each_other_stop_at_once(database, letter_id):
    """Ours answers nothing of a machine; and to one that hides what it is, once."""
    one = asked(database)[0]
    to = reply_to(database, one)
    for turn in range(30):
        hidden = returned.written("Re: Invitation", f"Got it, turn {turn}.", "Bot <bot@loop.example>", to)
        come(database, hidden)
    for heads in ({"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Return_Path": "<>"}):
        assert come(database, returned.written(to=to, **heads)) == "automatic"
    for own in ("letters@example.org", "bounces@example.org", "Reply <reply@example.org>"):
        come(database, returned.written(sender=own, to=to))

    assert len(mails(database, "heard")) == 1
    (heard,) = mails(database, "heard")
    assert come(database, bounce(heard, back_to(database, heard))) != "reply"


def test_two_instances_that_write_to_each_other_stop_at_once(database, letter_id, tmp_path, migrated_sqlite):
    """Each is a contact, an office and a coordinator of the other, by the addresses for its answers."""
    shutil.copy(migrated_sqlite, tmp_path / "undersigned.db")
    there = Database(Settings(instance=tmp_path))
    names = {"bounces": "bounces@b.example", "replies": "reply@b.example", "mail_from": "letters@b.example"}
    there.settings = there.settings.model_copy(update=names)
    other = with_coordinator(there)
    ends = {"example.org": (database, letter_id), "b.example": (there, other)}
    address = {one: reply_to(*ends[one][:1], asked(ends[one][0])[0]) for one in ends}
    for (known, its_letter), to in zip(ends.values(), reversed(address.values()), strict=True):
        with known.reading() as session:
            invitation = session.get_one(Letter, its_letter).invitations[1].id
        act(known, invitations.set_contact, its_letter, invitation, to, ANNA)
        with known.writing() as session:
            session.scalars(select(User)).one().email = to
    someone = returned.written("Re: Invitation", "We sign.", f"Mara <{address['b.example']}>", address["example.org"])
    assert come(database, someone, address["example.org"]) == "reply"

    gone, became, before = set(), [], -1
    while before != len(gone):
        before = len(gone)
        for known, its_letter in ends.values():
            tell(known, its_letter)
            with known.reading() as session:
                left = session.scalars(select(Delivery).where(Delivery.is_accepted, Delivery.id.not_in(gone))).all()
                sent = [(mail, write(session, mail)) for mail in left]
            for mail, content in sent:
                gone.add(mail.id)
                if "+" in mail.address:
                    became.append((mail.kind, come(ends[mail.address.rpartition("@")[2]][0], content, mail.address)))
        assert len(gone) < 40
    there.close()

    assert {kind for kind, _ in became} == {"invitation", "came_in", "heard"}
    assert {what for _, what in became} == {"automatic"}
    assert (len(mails(database, "heard")), len(mails(there, "heard"))) == (1, 0)


@pytest.mark.parametrize(
    "heads",
    [
        {"Return_Path": "<>"}, {"List_Id": "<x.example>"}, {"List_Help": "<mailto:x@x.example>"},
        {"Mailing_List": "contact x@x.example"}, {"Auto_Submitted": "auto-replied"}, {"Undersigned_Head": "eA=="},
    ],
)  # fmt: skip
def test_no_machine_and_no_list_is_told_that_somebody_reads_it(database, letter_id, heads):
    assert come(database, returned.written(to=reply_to(database, asked(database)[0]), **heads)) == "automatic"
    assert mails(database, "heard") == []


@pytest.mark.parametrize(
    "subject", ["Absent from the meeting, but we sign", "Accepted: joint letter", "Ausencia de firma"]
)
def test_what_only_looks_as_if_a_machine_wrote_it_is_read_by_somebody_and_never_answered(database, letter_id, subject):
    one = asked(database)[0]
    assert (
        come(database, returned.written(subject, "We sign.", f"Mara <{one.address}>", reply_to(database, one)))
        == "reply"
    )
    nobody = returned.written("Our answer", "See below.", "no-reply@state.example", reply_to(database, one))
    assert come(database, nobody) == "reply"

    assert len(mails(database, "came_in")) == 2
    assert mails(database, "heard") == []


def test_a_flood_of_answers_is_kept_and_passed_on_up_to_a_limit(database, letter_id, monkeypatch):
    monkeypatch.setattr(incoming, "MOST_PASSED_ON", 2)
    monkeypatch.setattr(incoming, "MOST_KEPT", 4)
    one, two = asked(database)[:2]
    became = [
        come(database, returned.written(words=f"{turn}", to=reply_to(database, one), sender=f"x{turn}@many.example"))
        for turn in range(8)
    ]

    assert became == ["reply"] * 4 + ["unknown"] * 4
    assert len(mails(database, "heard")) == 2
    assert come(database, returned.written(to=reply_to(database, two))) == "reply"


def test_words_and_names_of_a_mail_are_shown_as_words(app, database, letter_id):
    one = asked(database)[0]
    reads_mail(database)
    evil = "<script>alert(1)</script>\r\n\r\n{{ 7*7 }} \x1b[31m \u202e evil"
    sender = '"<img src=x onerror=1>" <mara@b.example>'
    come(database, returned.written("<b>Subject</b>", evil, sender, reply_to(database, one)))

    page = signed_in(app, database).get(f"/letters/{letter_id}/invitations/{one.invitation_id}").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "{{ 7*7 }}" in page


def test_a_hundred_megabytes_are_read_bit_by_bit_and_what_does_not_end_is_refused():
    class Endless(io.RawIOBase):
        def __init__(self, size):
            self.left = size

        def read(self, size=-1):
            given, self.left = min(size, self.left), self.left - min(size, self.left)
            return b"x" * given

    tracemalloc.start()
    arrived = received(Endless(20_000_000), ())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 40_000_000
    assert (len(arrived.content), arrived.is_whole) == (8 * 1024 * 1024, False)
    assert arrived.sha256 == hashlib.sha256(b"x" * 20_000_000).hexdigest()
    assert received(Endless(200_000_000), ()) is None


def test_one_contact_stops_its_own_mails_and_nobody_elses(database, letter_id):
    from tests.support.factories import ANNA
    from workflow.campaigns import more_contacts
    from workflow.mails.writing import write
    from workflow.signoffs import requests

    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[1]
        first, place = invitation.email, (letter_id, invitation.id)
    beside = act(database, more_contacts.add, *place, "Bea", "bea@other.example", ANNA).id
    with database.reading() as session:
        link = session.scalars(select(Link.id).where(Link.contact_id == beside, Link.purpose == "answer")).one()
    act(database, requests.stop_writing, link)

    with database.reading() as session:
        assert [one.address for one in session.scalars(select(BlockedAddress))] == ["bea@other.example"]
        told = write(session, mails(database, "came_back")[0]).decode()
        assert "bea@other.example" in told and not re.search(rf"(?<![\w-]){first}", told)
        assert not requests.writes_to(session, link)
        assert requests.writes_to(session, link_ids(database, letter_id)[1])
    act(database, requests.stop_writing, link_ids(database, letter_id)[1])
    act(database, requests.write_again, link)
    assert number(database, BlockedAddress, BlockedAddress.lifted_at.is_(None)) == 1


def test_whoever_asked_for_no_mails_gets_none_and_stays_free_to_sign(database, letter_id):
    link = link_ids(database, letter_id)[1]
    act(database, requests.stop_writing, link)

    act(database, answers.sign, link, answer(database, letter_id, name="Person B"))

    assert invitation_states(database, letter_id)[1] == "signed"
    tell(database, letter_id)
    assert [mail.state for mail in mails(database, "receipt")] == ["queued"]


def test_whoever_holds_a_passed_on_link_silences_nobody_unseen(app, database, letter_id):
    """They would sign next, and the receipt that gives them away would not arrive."""
    link = link_ids(database, letter_id)[1]
    with database.reading() as session:
        path = f"/s/{session.tokens.links(link)[0]}"
    stranger = app.test_client()
    page = stranger.get(path, follow_redirects=True)
    where, form = page.request.path, {"csrf_token": csrf(page)}
    assert stranger.get(f"{where}/no-mails").status_code == 405
    assert mails(database, "no_more") == []
    stranger.post(f"{where}/no-mails", data=form | {"sure": "y"})

    tell(database, letter_id)
    (told,) = mails(database, "no_more")
    assert (told.address, told.state) == ("b@example.org", "accepted")
    with database.reading() as session:
        plain = write(session, session.merge(told, load=False)).decode().replace("=\r\n", "")
    assert f"{path}?mails" in plain
    reader = app.test_client()
    page = reader.get(f"{path}?mails", follow_redirects=True)
    assert "We won’t write to you any more" in page.text
    reader.post(page.request.path, data={"csrf_token": csrf(page)})
    act(database, answers.sign, link, answer(database, letter_id, name="Person B"))
    tell(database, letter_id)
    assert [mail.state for mail in mails(database, "receipt")] == ["accepted"]
