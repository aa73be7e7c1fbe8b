"""Lives of letters that leave nothing out: between them every action of a history, and every column, comes up."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

from PIL import Image

from emails.transport import Outcome
from tests.support import returned
from tests.support.factories import (
    ANNA,
    CORRECTED,
    act,
    answer,
    correct,
    cosigners,
    digest,
    fingerprint,
    invitation_states,
    link_ids,
    open_sign_off,
    sent,
    sign,
    stay_by_silence,
    take_in,
    tell,
    terms,
    words,
)
from tests.support.incoming import come, reads_mail, reply_to, return_path
from tests.support.joining import ask, confirmed
from tests.support.mailing import deliver, mark, report
from workflow import auditor_links, deliveries, documents, erasure, history, jobs, members
from workflow.campaigns import (
    addenda,
    after_sending,
    afterwards,
    at_deadline,
    by_hand,
    campaign,
    comments,
    cover,
    deadlines,
    dispatch,
    drafts,
    exported,
    invitations,
    joining,
    lifecycle,
    more_contacts,
    more_time,
    notes,
    office_replies,
    open_call,
    printing,
    reminding,
    renaming,
    stationery,
)
from workflow.campaigns import four_eyes as campaign_four_eyes
from workflow.campaigns import returned as campaign_returned
from workflow.campaigns.campaign import Setting
from workflow.campaigns.cosigner_fields import Change, save
from workflow.campaigns.cosigner_fields import of as fields_of
from workflow.campaigns.cover import Cover
from workflow.campaigns.stationery import Choice, Standing
from workflow.database import Database
from workflow.documents import compile_letterhead
from workflow.history import Actor, actions
from workflow.letter import text
from workflow.models import Delivery, Invitation, Letter, Link, User, now
from workflow.signoffs import (
    answers,
    codes,
    conditional,
    delegation,
    disputes,
    four_eyes,
    link_usage,
    naming,
    readers,
    requests,
    review,
)
from workflow.transaction import lock_letter

OFFICES = (
    text.Recipient("Jane Doe", "Minister", "Ministry of Justice", ("1 High Street",), "jane@office.example"),
    text.Recipient("Joe Roe", "Secretary", "Ministry of Rivers", ("2 High Street",), "joe@office.example"),
)


# --- one in which every column holds something ------------------------------------------------------------------------


def picture(colour: str) -> documents.Logo:
    saved = io.BytesIO()
    Image.new("RGB", (60, 20), colour).save(saved, "PNG")
    return documents.normalise(saved.getvalue(), "Logo")


def invitation(database, letter_id: str, number: int) -> str:
    with database.reading() as session:
        return session.get_one(Letter, letter_id).invitations[number].id


def come_in(database) -> str:
    with database.writing() as session:
        session.add(User(id="a" * 32, email="anna@example.org", name="Anna"))
        dated, asked = date(2026, 11, 24), cosigners(5, 1)
        return drafts.take_in(session, words(recipients=OFFICES), asked, ANNA, dated=dated, terms=terms()).id


def is_set_up(database, letter_id: str) -> None:
    """Whatever a coordinator can set, set."""
    one, two = (invitation(database, letter_id, number) for number in (0, 1))
    compiled = compile_letterhead(documents.built_in("plain").source)
    act(database, drafts.set_terms, letter_id, terms(timezone="Asia/Tokyo", objection_hours=24, late_names=True), ANNA)
    act(database, stationery.add_letterhead, letter_id, "Ours", compiled, ANNA)
    with database.reading() as session:
        on_paper = Choice.of(session.get_one(Letter, letter_id))
    act(database, stationery.choose, letter_id, replace(on_paper, footer_code=True), ANNA)
    act(database, cover.set_cover, letter_id, Cover("Ours", "For you.\n\nAnna", ("copy@example.org",)), ANNA)
    act(database, stationery.set_logo, letter_id, one, picture("red"), ANNA)
    act(database, stationery.set_standing, letter_id, one, Standing(2, "Chile", founder=True), ANNA)
    act(database, stationery.set_standing, letter_id, two, Standing(4, "Peru", confidential=True), ANNA)
    act(database, invitations.set_second_contact, letter_id, one, "second@example.org", ANNA)
    act(database, invitations.set_contact, letter_id, two, "other@example.org", ANNA)
    act(database, invitations.set_reader, letter_id, one, ANNA, language="fr", timezone="Europe/Paris")
    act(database, reminding.set_reminders, letter_id, two, False, ANNA)
    with database.reading() as session:
        office = session.get_one(Letter, letter_id).recipients[1].id
    act(database, drafts.set_recipient_email, letter_id, office, "joe@ministry.example", ANNA)
    open_more = words(recipients=OFFICES[::-1], body="Another.\n\nAnother second paragraph.")
    act(database, drafts.edit, letter_id, open_more, ANNA, version=1, dated=date(2026, 11, 25))
    is_put_right(database, letter_id)


def is_put_right(database, letter_id: str) -> None:
    """What was mistyped of a co-signer, and one that should not be there."""
    three = invitation(database, letter_id, 2)
    act(database, invitations.invite, letter_id, text.Cosigner("Orgnisation X"), ANNA)
    by_mistake = invitation(database, letter_id, 5)
    with database.reading() as session:
        fields = fields_of(session.get_one(Invitation, three))
    right = replace(fields, title="President", country="Chad", contact_name="Ann Other")
    changes = {three: Change(fields=right, shown=fields)}
    act(database, save, letter_id, changes, [by_mistake], ANNA)


def others_are_let_in(database, letter_id: str) -> None:
    """A second coordinator and an auditor, who leave again; and somebody reads by a link that is revoked."""
    with database.reading() as session:
        campaign = session.get_one(Letter, letter_id).campaign_id
    anna, ben, cleo = (
        act(database, members.let_in, campaign, f"{name}@example.org", role, ANNA).id
        for name, role in (("anna", "coordinator"), ("ben", "auditor"), ("cleo", "auditor"))
    )
    act(database, members.set_role, campaign, ben, "coordinator", ANNA)
    act(database, members.remove, campaign, cleo, ANNA)
    with database.writing() as session:
        given = {"name": "Ann Reader", "address": "reader@example.org", "ends": now() + timedelta(days=30)}
        link = auditor_links.make(session, campaign, ANNA, by=session.get_one(User, anna), **given)
    act(database, auditor_links.note, f"{link.id} {letter_id}")
    by_link = Actor("auditor", link.id)
    taken = actions.HistoryExported(
        what="history", form="csv", show="all", rows=9, first=2, end=40, link=link.id, invitations=1, search="board"
    )
    act(database, exported.note, exported.told(letter_id, by_link, taken))
    act(database, auditor_links.revoke, campaign, link.id, ANNA)
    act(database, members.hand_on, campaign, ben, anna, ANNA)


def is_reviewed(database, letter_id: str) -> None:
    """Comments, suggestions taken over and put aside, replies, an answer, a verdict."""
    own_words = {"en": "Anna & I <wrote> this.\n\nPlease read it.", "fr": "Merci de la lire."}
    act(database, lifecycle.circulate, letter_id, ANNA, note=own_words)
    act(database, notes.write, letter_id, {"en": "Not yet"}, ANNA)
    first, second = link_ids(database, letter_id)[:2]
    now_before = digest(database, letter_id)
    said = act(database, review.comment, first, now_before, 1, "Too long.")
    act(database, review.reply, first, said.id, "Much too long.")
    act(database, comments.answer, letter_id, said.id, "We know.", history.coordinator("a" * 32))
    put_aside = act(
        database,
        review.suggest,
        second,
        review.Suggestion(digest=now_before, paragraph=1, replaces="Another", replacement="Other"),
    )
    act(database, comments.dismiss, letter_id, put_aside.id, ANNA)
    act(database, review.give_verdict, first, now_before, "changes_requested")
    taken = act(
        database,
        review.suggest,
        second,
        review.Suggestion(
            digest=now_before, paragraph=2, replaces="second paragraph", replacement="last paragraph", words="Better"
        ),
    )
    act(database, comments.accept, letter_id, taken.id, ANNA)


def is_agreed_to(database, letter_id: str, meanwhile=lambda database, letter_id: None) -> None:
    """One signs the text as it would be, takes that back, and does so again; another agrees to what never comes."""
    act(database, lifecycle.circulate, letter_id, ANNA)
    first, _, third = link_ids(database, letter_id)[:3]
    code = act(database, codes.send_code, first, "browser", "agree")
    redeemed = act(database, codes.redeem, first, "browser", database.tokens.codes(code.id)[0], "agree")
    comes = is_suggested(database, letter_id, first, "last paragraph", "third paragraph")
    never = is_suggested(database, letter_id, third, "last", "final")
    agrees(database, letter_id, 0, comes, code=redeemed)
    act(database, conditional.take_back, first)
    agrees(database, letter_id, 0, comes)
    agrees(database, letter_id, 2, never)
    act(database, comments.accept, letter_id, comes, ANNA)
    open_sign_off(database, letter_id)
    meanwhile(database, letter_id)
    act(database, answers.retract, first, "By mistake")
    act(database, lifecycle.revise, letter_id, "Once more.", ANNA)


def is_suggested(database, letter_id: str, link: str, old: str, new: str) -> str:
    said = review.Suggestion(digest=digest(database, letter_id), paragraph=2, replaces=old, replacement=new)
    return act(database, review.suggest, link, said).id


def agrees(database, letter_id: str, number: int, suggestion: str, **changes) -> None:
    with database.reading() as session:
        made = conditional.would_be(session, session.get_one(Letter, letter_id).invitations[number], suggestion)
    given, link = (
        answer(database, letter_id, f"Person {chr(65 + number)}", **changes),
        link_ids(database, letter_id)[number],
    )
    act(database, conditional.agree, link, suggestion, made.digest, given)


def is_answered(database, letter_id: str) -> None:
    """Signed (with a code; by a colleague; withheld; again after a retraction), declined, asked again, reminded."""
    open_sign_off(database, letter_id)
    tell(database, letter_id)
    act(database, by_hand.remind, letter_id, ANNA)
    links = link_ids(database, letter_id)
    code = act(database, codes.send_code, links[0], "browser")
    digits = database.tokens.codes(code.id)[0]
    redeemed = act(database, codes.redeem, links[0], "browser", digits)
    act(database, answers.sign, links[0], answer(database, letter_id, code=redeemed))
    act(database, requests.set_signature, links[0], picture("blue"))
    act(database, requests.ask_for_time, links[1], "A day")
    act(database, more_time.decline, letter_id, invitation(database, letter_id, 1), "It leaves on Friday.", ANNA)
    act(database, requests.ask_for_time, links[1], "An hour")
    act(database, drafts.set_deadline, letter_id, now() + timedelta(days=20), ANNA)
    act(database, delegation.delegate, links[1], "Nina New", "nina@example.org", sure=True)
    act(database, answers.sign, link_ids(database, letter_id)[1], answer(database, letter_id, name="Nina New"))
    act(database, answers.retract, links[0], "Our board")
    act(database, answers.sign, links[0], answer(database, letter_id))
    act(database, requests.set_signature, links[0], picture("blue"))
    act(database, naming.correct, links[0], "Persson A", "Executive Director")
    act(database, renaming.rename, letter_id, invitation(database, letter_id, 0), "Organisation Å", "ORGÅ", ANNA)
    act(database, answers.sign, links[2], answer(database, letter_id, name="Person C", withheld=True))
    act(database, answers.decline, links[3], digest(database, letter_id), "Not us", shared=True)
    act(
        database,
        answers.decline,
        links[4],
        digest(database, letter_id),
        "No",
        shared=False,
        misplaced=True,
        name="Person E",
    )
    act(database, invitations.reinvite, letter_id, invitation(database, letter_id, 4), ANNA)
    act(database, invitations.replace_link, letter_id, invitation(database, letter_id, 4), ANNA)
    act(database, invitations.revoke, letter_id, invitation(database, letter_id, 4), ANNA)
    others_are_written_to(database, letter_id)


def others_are_written_to(database, letter_id: str) -> None:
    """More contacts of an organisation, one of whom passes it on and one is taken off; and colleagues who read."""
    two = invitation(database, letter_id, 1)
    bea = act(database, more_contacts.add, letter_id, two, "Bea", "bea@example.org", ANNA)
    cleo = act(database, more_contacts.add, letter_id, two, "Cleo", "cleo@example.org", ANNA)
    act(database, more_contacts.correct, letter_id, two, bea.id, "Bea Two", "bea.two@example.org", ANNA)
    act(database, more_contacts.remove, letter_id, two, cleo.id, ANNA)
    with database.reading() as session:
        link = session.get_one(Invitation, two).link_of(bea.id).id
    act(database, readers.add, link, "Dan", "dan@example.org")
    ended = act(database, readers.add, link)
    act(database, readers.end, link, ended.id)
    two_would_sign(database, letter_id)


def two_would_sign(database, letter_id: str) -> None:
    """One proposes what another refuses, and once more, and takes that back."""
    four = invitation(database, letter_id, 3)
    act(database, campaign_four_eyes.set_wanted, letter_id, four, True, ANNA)
    act(database, campaign_four_eyes.set_wanted, letter_id, four, False, ANNA)
    act(database, four_eyes.ask_for_two, link_ids(database, letter_id)[3])
    link, to = link_ids(database, letter_id)[3], four_eyes.Confirmer("Eve Else", "eve@example.org")
    with database.reading() as session:
        seen = answers.shown_as(session.get_one(Invitation, four))
    given = answer(database, letter_id, name="Person D", after=seen)
    made = act(database, four_eyes.propose, link, given, to)
    act(database, four_eyes.refuse, made.confirming_link_id, "Not yet")
    act(database, four_eyes.propose, link, given, to)
    act(database, four_eyes.withdraw, link)


def is_sent(database, letter_id: str) -> None:
    """One office's server refuses, the letter goes to another address; the other's answer is lost, a person decides."""
    act(database, lifecycle.approve, letter_id, ANNA)
    act(database, lifecycle.reopen, letter_id, ANNA)
    act(database, lifecycle.approve, letter_id, ANNA)
    jobs.render(database, letter_id)
    look = fingerprint(database, letter_id)
    act(database, dispatch.dispatch, letter_id, look, ANNA, now() + timedelta(days=1))
    act(database, dispatch.dispatch, letter_id, look, ANNA)
    outcomes = [Outcome("uncertain", None, "broken"), Outcome("rejected", 550, "5.1.1 No such user")]
    deliver(database, letter_id, outcomes)
    uncertain, refused = (office(database, letter_id, state) for state in ("uncertain", "rejected"))
    act(database, dispatch.settle_as_sent, letter_id, uncertain, ANNA)
    act(database, dispatch.readdress, letter_id, refused, "archive@office.example", ANNA)
    deliver(database, letter_id, [])
    act(database, dispatch.confirm, letter_id)


def late_life(database: Database, later) -> str:
    """What comes after a letter was sent: late names, withdrawals, the addendum, a reply after a silence."""
    letter_id = sent(database, 2, silent=3, late_names=True, reply_days=5)
    act(database, afterwards.ask_for_names, letter_id, ANNA)
    links = link_ids(database, letter_id)
    for number in (2, 3, 4):
        act(database, answers.sign, links[number], answer(database, letter_id))
    act(database, addenda.ask, letter_id, ANNA)
    jobs.render_addendum(database, letter_id)
    act(database, answers.retract_late, links[4], "Not us.")
    act(database, answers.retract_late, links[0], "Not any more.", tell_office=True)
    act(database, afterwards.tell_office, letter_id, invitation(database, letter_id, 0), ANNA)
    act(database, addenda.ask, letter_id, ANNA)
    jobs.render_addendum(database, letter_id)
    with database.reading() as session:
        look = addenda.of(session, session.get_one(Letter, letter_id)).fingerprint
    act(database, addenda.send, letter_id, look, ANNA)
    tell(database, letter_id)
    act(database, dispatch.confirm, letter_id)
    later(days=6)
    jobs.keep_time(database, lambda: True)
    reply = act(database, office_replies.keep_reply, letter_id, None, now(), "Thank you.", None, ANNA)
    with database.reading() as session:
        seen = after_sending.readers(session, session.get_one(Letter, letter_id))
    act(database, afterwards.tell_of_reply, letter_id, reply.id, seen, ANNA)
    return letter_id


def is_replied_to(database, letter_id: str) -> None:
    """One office answers by email, with a file; of the other's answer there are words alone."""
    with database.reading() as session:
        one, two = (recipient.id for recipient in session.get_one(Letter, letter_id).recipients)
    came = ("reply.pdf", "application/pdf", b"%PDF-1.7 We reply.")
    act(database, office_replies.keep_reply, letter_id, one, now(), "See the file.", came)
    act(database, office_replies.keep_reply, letter_id, two, now(), "By telephone: yes.", None, ANNA)


def is_added_to(database, letter_id: str) -> None:
    """One more is asked, signs, and stands on the addendum, which goes out."""
    asked = text.Cosigner("Organisation Z", email="z@example.org")
    of = act(database, afterwards.invite_late, letter_id, asked, ANNA).id
    with database.reading() as session:
        link = session.query(Link).filter_by(invitation_id=of).one().id
    act(database, answers.sign, link, answer(database, letter_id))
    act(database, addenda.ask, letter_id, ANNA)
    jobs.render_addendum(database, letter_id)
    with database.reading() as session:
        look = addenda.of(session, session.get_one(Letter, letter_id)).fingerprint
    act(database, addenda.send, letter_id, look, ANNA)
    tell(database, letter_id)
    act(database, dispatch.confirm, letter_id)


def office(database, letter_id: str, state: str) -> str:
    with database.reading() as session:
        found = session.query(Delivery).filter_by(letter_id=letter_id, kind="letter", state=state)
        return found.one().id


def is_renamed(database, letter_id: str) -> None:
    """The campaign goes on under another name, with other letters."""
    with database.reading() as session:
        campaign_id = session.get_one(Letter, letter_id).campaign_id
    act(database, campaign.set_up, campaign_id, Setting(terms(name="Another name"), footer_code=True), ANNA)


def whole_life(database, **meanwhile) -> str:
    letter_id = come_in(database)
    is_set_up(database, letter_id)
    is_reviewed(database, letter_id)
    is_agreed_to(database, letter_id, **meanwhile)
    is_answered(database, letter_id)
    is_sent(database, letter_id)
    is_renamed(database, letter_id)
    others_are_let_in(database, letter_id)
    is_replied_to(database, letter_id)
    is_added_to(database, letter_id)
    return letter_id


# --- what the first lacks ---------------------------------------------------------------------------------------------


def other_life(database: Database, later) -> str:
    """What the first lacks: silence, a text that comes back, mails that go wrong, a lapse, other keys, a withdrawal."""
    reads_mail(database)
    letter_id = take_in(database, 4, objection_hours=1)
    act(database, stationery.choose, letter_id, Choice("plain", "country", "agreed"), ANNA)
    act(database, stationery.set_standing, letter_id, invitation(database, letter_id, 0), Standing(1, "Chile"), ANNA)
    open_sign_off(database, letter_id)
    opened_everywhere(database, link_ids(database, letter_id)[0])
    sign(database, letter_id, 0)
    sign(database, letter_id, 1)
    correct(database, letter_id)
    tell(database, letter_id)
    later(hours=2)
    assert stay_by_silence(database) == 2
    one = mails_come_back(database, letter_id)
    goes_back(database, letter_id)
    mails_go_wrong(database, letter_id, later)
    act(database, lifecycle.approve, letter_id, ANNA)
    is_kept(database, letter_id)
    act(database, lifecycle.reopen, letter_id, ANNA)
    deadlines_come(database, letter_id, later)
    others_ask_to_join(database, letter_id)
    assert come(database, returned.complaint(to=return_path(database, one), who=one.address)) == "complaint"
    act(database, lifecycle.withdraw, letter_id, "No more.", ANNA)
    act(database, joining.expire, letter_id, 9)
    keys_change(database, letter_id)
    return letter_id


def strangers_ask(database: Database, letter_id: str) -> None:
    """One is refused, one is never answered, and one never confirms it."""
    act(database, open_call.open_, letter_id, "Who else?", ANNA)
    refused, _ = [confirmed(database, letter_id, number, words="Please.") for number in range(2)]
    ask(database, letter_id, 2)
    act(database, joining.refuse, letter_id, [refused], ANNA, reason="Not of the region.", tell=False)
    act(database, open_call.close, letter_id, ANNA)


def others_ask_to_join(database: Database, letter_id: str) -> None:
    """One is accepted, one is refused, one waits until the letter ends."""
    act(database, open_call.open_, letter_id, "Who else?", ANNA)
    requests = [confirmed(database, letter_id, number) for number in range(3)]
    act(database, joining.accept, letter_id, requests[:1], ANNA)
    act(database, joining.refuse, letter_id, requests[1:2], ANNA, reason="Not of the region.", tell=True)
    act(database, open_call.close, letter_id, ANNA)


def deadlines_come(database: Database, letter_id: str, later) -> None:
    """Extended once, then asked of; one has more time; a contact was changed wrongly; what lapsed revives."""
    act(database, drafts.set_terms, letter_id, terms(at_deadline="extend", extend_days=2), ANNA)
    own = now() + timedelta(days=40)
    act(database, deadlines.give, letter_id, invitation(database, letter_id, 3), own, ANNA)
    moved = invitation(database, letter_id, 2)
    act(database, invitations.set_contact, letter_id, moved, "other@example.net", ANNA)
    with database.reading() as session:
        wrong = session.query(Link).filter_by(purpose="dispute", invitation_id=moved).one().id
    act(database, disputes.dispute, wrong, "I am still the contact.")
    later(days=8)
    assert act(database, at_deadline.extend, letter_id)
    asks = replace(terms(), at_deadline="ask", deadline=now() + timedelta(hours=1))
    act(database, drafts.set_terms, letter_id, asks, ANNA)
    later(hours=2)
    assert act(database, at_deadline.ask, letter_id)
    act(database, at_deadline.decide, letter_id, "close", ANNA)
    assert act(database, answers.lapse, letter_id, 8) > 0
    assert invitation_states(database, letter_id)[2] == "lapsed"
    act(database, drafts.set_terms, letter_id, terms(deadline=None), ANNA)


def opened_everywhere(database: Database, link_id: str) -> None:
    for number in range(3):
        with database.reading() as session:
            link = session.get_one(Link, link_id)
            link_usage.note_access(database, link, link_usage.LinkAccess((f"network {number}",), "software"))


def goes_back(database: Database, letter_id: str) -> None:
    """A new text, then the one before again: who signed that counts without a word; a longer one is confirmed."""
    for version, body in enumerate(("Quite another.", CORRECTED, f"{CORRECTED}\n\nMore."), 2):
        act(database, lifecycle.revise, letter_id, "As it was.", ANNA)
        act(database, drafts.edit, letter_id, words(body=body), ANNA, version=version, dated=None)
        open_sign_off(database, letter_id)
    given = answer(database, letter_id, authorised=False, confirms=True)
    act(database, answers.sign, link_ids(database, letter_id)[1], given)
    jobs.record_jump(database, -3600)


def mails_go_wrong(database: Database, letter_id: str, later) -> None:
    """One is put off, one's answer is lost and it is sent again, one's worker ends, one cannot be made."""
    outcomes = [Outcome("deferred", 450, "4.2.1 Later"), Outcome("uncertain", None, "broken")]
    leases = act(database, deliveries.claim, letter_id, "here", 4)
    for lease, outcome in zip(leases, outcomes, strict=False):
        act(database, mark, lease)
        act(database, report, lease, outcome)
    act(database, deliveries.release, [leases[2].delivery_id], letter_id, "here")
    act(database, report, leases[3], Outcome("abandoned", None, "There is no such letterhead."))
    later(hours=1)
    act(database, deliveries.repeat, leases[1].delivery_id, letter_id)


def mails_come_back(database: Database, letter_id: str) -> Delivery:
    """One comes back, and its address works after all; somebody answers it by mail."""
    with database.reading() as session:
        accepted = session.query(Delivery).filter_by(letter_id=letter_id, kind="revised", state="accepted")
        one = accepted.order_by(Delivery.queued_at, Delivery.id).first()
    gone = returned.dsn(
        words="No such user.", action="failed", status="5.1.1", diagnostic="smtp; 550 5.1.1 No such user",
        who=one.address, to=return_path(database, one),
    )  # fmt: skip
    assert come(database, gone) == "returned"
    act(database, campaign_returned.works_after_all, letter_id, one.invitation_id, ANNA)
    assert come(database, returned.written(to=reply_to(database, one))) == "reply"
    return one


def is_kept(database: Database, letter_id: str) -> None:
    """The documents, of which one is on a letterhead; between the names stand countries."""
    with database.reading() as session:
        recipients = [recipient.id for recipient in session.get_one(Letter, letter_id).recipients]
    for recipient in recipients:
        look = fingerprint(database, letter_id)
        act(
            database,
            printing.keep_rendering,
            letter_id,
            recipient,
            made_for=look,
            docx=b"PK docx",
            pdf=b"%PDF",
            letterhead=b"PK sheet",
        )


def keys_change(database: Database, letter_id: str) -> None:
    with database.changing_keys() as session:
        lock_letter(session, letter_id)
        history.change_key(session, letter_id, b"n" * 32, ANNA, lost=False)
    database.settings = database.settings.model_copy(update={"history_key": (b"n" * 32).hex()})
    with database.changing_keys() as session:
        lock_letter(session, letter_id)
        history.record_secret(session, letter_id, ANNA, lost=True)


# --- what is erased ---------------------------------------------------------------------------------------------------


def erased_life(database: Database) -> str:
    """One that ends: nobody may erase it for a while, then somebody of it is erased, at last all of it."""
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    sign(database, letter_id, 0)
    tell(database, letter_id)
    act(database, lifecycle.withdraw, letter_id, "No more.", ANNA)
    tell(database, letter_id)
    act(database, erasure.hold, letter_id, "A court asks for it.", ANNA)
    act(database, erasure.release, letter_id, ANNA)
    for begin, given in ((erasure.begin_person, "a@example.org"), (erasure.begin_letter, letter_id)):
        erasure.go_on(database, act(database, begin, given, "request", ANNA).id)
    return letter_id
