"""Erasing that would take too much, or leave something: somebody who still counts, who came back, who is only named."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.attacks.test_erasure import ADDRESS, SHE, erase, in_rows
from tests.support import incoming, returned
from tests.support.evidence import live
from tests.support.factories import ANNA, act, answer, link_ids, open_sign_off, take_in, tell, terms, words
from workflow import deliveries, erasure, history
from workflow.campaigns import drafts, exported, invitations, lifecycle, more_time
from workflow.erasure import acts, outside
from workflow.errors import NotFoundError
from workflow.history import Actor, actions
from workflow.letter import text
from workflow.models import (
    BlockedAddress,
    Contact,
    Delivery,
    Disclosure,
    IncomingMail,
    Letter,
    Link,
    Signoff,
    User,
    now,
)
from workflow.signoffs import answers, disputes, requests

OTHER = text.Cosigner("Organisation B", "ORGB", "Bo Chan", "Director", "bo@example.org")


def begun(database, she: text.Cosigner = SHE) -> tuple[str, str]:
    with database.writing() as session:
        letter = drafts.take_in(session, words(), [she, OTHER], ANNA, dated=None, terms=terms())
        return letter.id, letter.invitations[0].id


def test_a_name_that_is_going_to_be_printed_is_not_erased_where_another_is_the_contact_by_now(database):
    letter_id, invitation = begun(database)
    open_sign_off(database, letter_id)
    link = link_ids(database, letter_id)[0]
    act(database, answers.sign, link, answer(database, letter_id, name="Zephyrine Thistledown", title="Head"))
    act(database, invitations.set_contact, letter_id, invitation, "new@example.org", ANNA)

    with database.reading() as session:
        assert erasure.look_for(session, ADDRESS).letters[0].left == "open"
    assert erase(database)["left"] == {letter_id: "open"}
    with database.reading() as session:
        assert session.scalars(sa.select(Signoff.name)).one() == "Zephyrine Thistledown"


@pytest.mark.parametrize("way", ["reactivated since", "brought back by a backup"])
def test_an_account_that_can_sign_in_is_left_whoever_brought_it_back(database, way):
    """It may be the last admin's."""
    with database.writing() as session:
        session.add(User(id="c" * 32, email=ADDRESS, name="Zoe", admin=True, deactivated_at=now()))
        session.flush()
        erasing = erasure.begin_person(session, ADDRESS, "request", ANNA)
        erasing_id = erasing.id
        said = {name: getattr(erasing, name) for name in outside.FIELDS} | {"begun_at": erasing.begun_at}
    with database.writing() as session:
        session.get_one(User, "c" * 32).deactivated_at = None
        if way == "brought back by a backup":
            session.delete(session.get_one(acts.Erasure, erasing_id))
            session.flush()
            acts.again(session, said)
    done = acts.go_on(database, erasing_id).done

    with database.reading() as session:
        user = session.get_one(User, "c" * 32)
        assert (user.email, user.name, user.deactivated_at) == (ADDRESS, "Zoe", None)
    assert done["accounts in use, left as they were"] == 1


def test_an_address_beyond_ascii_is_found_in_what_opens_a_history_alone(database):
    address = "renée@example.org"
    letter_id, invitation = begun(database, text.Cosigner("Organisation Z", "", "Renée Thi", "Head", address))
    act(database, invitations.set_contact, letter_id, invitation, "new@example.org", ANNA)
    erase(database, address)

    with database.reading() as session:
        assert not [one for one in session.scalars(sa.select(Disclosure.payload)) if "ren" in str(one).casefold()]


def test_words_that_a_history_was_searched_for_go_with_whom_they_name_and_none_come_after(database):
    letter_id = take_in(database, 2)
    act(database, lifecycle.withdraw, letter_id, "Not now", ANNA)
    by = Actor("auditor", history.coordinator("a" * 32).key)

    def take_along(search: str) -> None:
        taken = actions.HistoryExported(what="history", form="csv", show="all", rows=9, search=search)
        act(database, exported.note, exported.told(letter_id, by, taken))

    take_along("Zephyrine Thistledown")
    take_along(f"about {ADDRESS}")
    with database.writing() as session:
        session.add(User(email=ADDRESS, name="Zephyrine Thistledown", deactivated_at=now()))
    erase(database)
    assert in_rows(database) == []
    with database.writing() as session:
        whole = erasure.begin_letter(session, letter_id, "mistake", ANNA).id
    erasure.go_on(database, whole)
    take_along("Zephyrine Thistledown")

    assert in_rows(database) == []
    assert live(database, letter_id).problems == []


def test_an_email_that_names_somebody_and_waits_is_said_to_be_left(database):
    letter_id, invitation = begun(database)
    open_sign_off(database, letter_id)
    act(database, invitations.revoke, letter_id, invitation, ANNA)
    with database.writing() as session:
        session.get_one(Letter, letter_id).note_draft = {}
        to_bo = session.scalars(sa.select(Delivery).where(Delivery.address == OTHER.email)).first()
        to_bo.sealed, to_bo.skeleton = session.tokens.encrypt(f"Subject: x\n\nAsk {ADDRESS}.".encode()), None

    assert erase(database)["left"] == {letter_id: "waiting"}


def test_words_that_an_email_to_somebody_else_was_made_from_go_with_whom_they_name(database):
    letter_id, invitation = begun(database)
    open_sign_off(database, letter_id)
    tell(database, letter_id)
    with database.reading() as session:
        other = session.get_one(Letter, letter_id).invitations[1].id
    act(database, requests.ask_for_time, link_ids(database, letter_id)[1], "One more week")
    act(database, more_time.decline, letter_id, other, "Zephyrine Thistledown can’t wait.", ANNA)
    tell(database, letter_id)
    act(database, invitations.revoke, letter_id, invitation, ANNA)
    act(database, lifecycle.withdraw, letter_id, "Over.", ANNA)
    tell(database, letter_id)

    assert erase(database).get("left", {}) == {}
    assert in_rows(database) == []
    assert live(database, letter_id).problems == []


def test_who_wrote_something_that_counted_for_nothing_is_found_and_erased(database):
    letter_id, _ = begun(database, OTHER)
    act(database, lifecycle.withdraw, letter_id, "Over.", ANNA)
    with database.writing() as session:
        session.add(
            IncomingMail(sha256="0" * 64, kind="automatic", letter_id=letter_id, sender=ADDRESS, subject="Away")
        )

    erase(database)

    assert in_rows(database) == []


def test_nothing_is_said_of_an_erased_letter_by_the_link_of_a_former_contact(database):
    letter_id, invitation = begun(database)
    open_sign_off(database, letter_id)
    act(database, invitations.set_contact, letter_id, invitation, "new@example.org", ANNA)
    act(database, lifecycle.withdraw, letter_id, "Over.", ANNA)
    tell(database, letter_id)
    with database.reading() as session:
        wrong = session.scalars(sa.select(Link.id).where(Link.purpose == "dispute")).one()
    erased = act(database, erasure.begin_letter, letter_id, "request", ANNA).id
    erasure.go_on(database, erased)

    with pytest.raises(NotFoundError):
        act(database, disputes.dispute, wrong, "Zephyrine Thistledown is still the contact.")
    with database.reading() as session:
        assert session.scalars(sa.select(Disclosure.sequence).where(Disclosure.letter_id == letter_id)).all() == []
    assert live(database, letter_id).problems == []


@pytest.mark.parametrize("whole", [False, True])
def test_what_comes_in_about_what_was_erased_brings_nothing_back(database, whole):
    incoming.reads_mail(database)
    letter_id, _ = begun(database)
    open_sign_off(database, letter_id)
    tell(database, letter_id)
    act(database, lifecycle.withdraw, letter_id, "Over.", ANNA)
    tell(database, letter_id)
    one = next(mail for mail in incoming.mails(database, "invitation") if mail.address == ADDRESS)
    if whole:
        erasure.go_on(database, act(database, erasure.begin_letter, letter_id, "request", ANNA).id)
    erase(database)

    failed = returned.dsn(
        words="x", action="failed", status="5.1.1", diagnostic="smtp; 550 5.1.1 no", who=ADDRESS,
        to=incoming.return_path(database, one),
    )  # fmt: skip
    assert incoming.come(database, failed) == "unknown"
    if whole:
        wrote = returned.written(sender=f"Zephyrine Thistledown <{ADDRESS}>", to=incoming.reply_to(database, one))
        assert incoming.come(database, wrote) == "unknown"

    assert in_rows(database) == []
    with database.reading() as session:
        assert session.scalars(sa.select(BlockedAddress.address)).all() == []
    assert live(database, letter_id).problems == []


@pytest.mark.parametrize("whole", [False, True])
def test_whoever_wanted_no_mails_and_was_erased_gets_none_when_their_address_is_typed_again(database, whole):
    """A keyed hash of it stays, by which this server knows it when it is given it; of what came back nothing does."""
    letter_id, _ = begun(database)
    open_sign_off(database, letter_id)
    tell(database, letter_id)
    act(database, requests.stop_writing, link_ids(database, letter_id)[0])
    with database.writing() as session:
        session.add(BlockedAddress(address=OTHER.email, reason="returned", words=f"550 {OTHER.email} unknown"))
        session.execute(sa.delete(Contact))
    act(database, lifecycle.withdraw, letter_id, "Over.", ANNA)
    tell(database, letter_id)
    if whole:
        erasure.go_on(database, act(database, erasure.begin_letter, letter_id, "request", ANNA).id)
    else:
        erase(database)
    with database.reading() as session:
        kept = {one.reason: one.address for one in session.scalars(sa.select(BlockedAddress))}
    assert kept.pop("returned", None) == (None if whole else OTHER.email)
    assert "@" not in kept["not_me"] and in_rows(database) == []

    again, _ = begun(database)
    open_sign_off(database, again)
    tell(database, again)
    act(database, deliveries.cancel_unwanted, again)

    with database.reading() as session:
        mine = sa.select(Delivery.address, Delivery.state).where(Delivery.letter_id == again)
        became = {OTHER.email: "accepted" if whole else "cancelled", ADDRESS: "cancelled"}
        assert dict(tuple(row) for row in session.execute(mine)) == became
        living = session.scalars(sa.select(BlockedAddress).where(BlockedAddress.reason == "not_me")).all()
        assert [one.address for one in living] == [ADDRESS]
        link = link_ids(database, again)[0]
        assert not requests.writes_to(session, link)
    act(database, requests.write_again, link)
    with database.reading() as session:
        assert requests.writes_to(session, link)
