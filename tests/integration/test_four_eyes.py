"""Four eyes: one proposes to sign, another confirms by a link of their own; one name is printed, both are on record."""

from __future__ import annotations

import email
from email import policy

import pytest
import sqlalchemy as sa

from tests.support.browsing import csrf, signed_in
from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    correct,
    digest,
    findings,
    invitation_states,
    link_ids,
    mails,
    open_sign_off,
    sign,
    standing,
    take_in,
    tell,
    terms,
)
from workflow import erasure, history
from workflow.campaigns import drafts, invitations, lifecycle, more_contacts
from workflow.campaigns import four_eyes as rule
from workflow.errors import CodeNeededError, InputError, NotFoundError, RefusedError, SupersededError
from workflow.mails import writing
from workflow.models import Base, Invitation, Letter, Link, Proposal
from workflow.signoffs import answers, codes, four_eyes, readers
from workflow.signoffs.four_eyes import Confirmer

DORA = Confirmer("Dora Director", "dora@example.org")


@pytest.fixture
def asked(database):
    """A letter in which two have to sign for the first organisation."""
    letter_id = take_in(database, 2)
    act(database, rule.set_wanted, *place(database, letter_id), True, ANNA)
    open_sign_off(database, letter_id)
    return letter_id


def place(database, letter_id):
    with database.reading() as session:
        return letter_id, session.get_one(Letter, letter_id).invitations[0].id


def propose(database, letter_id, to=DORA, link=None, **changes):
    """The first organisation's contact proposes; returns the link by which it is to be confirmed."""
    given = answer(database, letter_id, name="Dora Director", **changes)
    made = act(database, four_eyes.propose, link or link_ids(database, letter_id)[0], given, to)
    return made.confirming_link_id


def confirm(database, letter_id, link, name="Dora Director", **changes):
    return act(database, four_eyes.confirm, link, answer(database, letter_id, name=name, **changes))


def proposals(database):
    with database.reading() as session:
        return [one.outcome for one in session.query(Proposal).order_by(Proposal.sequence)]


def words_of(database, mail):
    with database.reading() as session:
        content = writing.write(session, session.merge(mail, load=False))
    return email.message_from_bytes(content, policy=policy.default)


def test_one_proposes_another_confirms_and_all_get_the_receipt(database, asked):
    link = propose(database, asked)
    assert invitation_states(database, asked)[0] == "invited"
    (mail,) = mails(database, asked, "proposal")
    assert mail.address == "dora@example.org"
    said = words_of(database, mail)
    assert said["To"] == "Dora Director <dora@example.org>"
    plain = said.get_body(("plain",)).get_content()
    assert "a@example.org" in plain
    assert "Dora Director, Director" in plain
    page = said.get_body(("html",)).get_content()
    assert page.count("/s/") >= 4
    assert "#confirm" in page
    assert "#refuse" in page

    signoff = confirm(database, asked, link, "dora director")
    assert confirm(database, asked, link).id == signoff.id

    assert (signoff.name, signoff.link_id) == ("Dora Director", link)
    assert standing(database, asked) == [("ORGA", "confirmed")]
    assert sorted(m.address for m in mails(database, asked, "receipt")) == ["a@example.org", "dora@example.org"]
    assert proposals(database) == ["confirmed"]
    assert findings(database, asked) == []


def test_nobody_signs_alone_and_a_link_does_one_thing(database, asked):
    first, other = link_ids(database, asked)
    with pytest.raises(RefusedError, match="Two people sign"):
        act(database, answers.sign, first, answer(database, asked))
    with pytest.raises(RefusedError, match="nothing need be confirmed"):
        act(database, four_eyes.propose, other, answer(database, asked), DORA)
    link = propose(database, asked)

    for do, given in (
        (answers.sign, (answer(database, asked),)),
        (answers.decline, (digest(database, asked), "No.")),
        (answers.retract, ()),
        (four_eyes.propose, (answer(database, asked), DORA)),
        (four_eyes.withdraw, ()),
    ):
        with pytest.raises(NotFoundError):
            act(database, do, link, *given)
    for do, given in ((four_eyes.confirm, (answer(database, asked),)), (four_eyes.refuse, ("No.",))):
        with pytest.raises(NotFoundError):
            act(database, do, first, *given)
    with pytest.raises(RefusedError, match="Tick"):
        confirm(database, asked, link, authorised=False)
    with pytest.raises(InputError, match="Type your name"):
        confirm(database, asked, link, name="Person A")
    assert standing(database, asked) == []
    assert findings(database, asked) == []


@pytest.mark.parametrize(
    "to",
    [
        Confirmer("Somebody Else", "A@Example.org"),
        Confirmer("Somebody Else", "a+boss@example.org"),
        Confirmer("Somebody Else", "a+@EXAMPLE.org"),
        Confirmer("", "dora@example.org"),
        Confirmer("Dora Director", ""),
        Confirmer("Person A", "dora@example.org"),
    ],
)
def test_nobody_confirms_what_they_proposed(database, asked, to):
    with database.writing() as session:
        session.get_one(Invitation, place(database, asked)[1]).contact_name = "Person A"
    with pytest.raises(InputError):
        propose(database, asked, to)

    assert proposals(database) == []


def test_the_second_refuses_and_the_first_is_told_and_can_propose_again(database, asked):
    link = propose(database, asked)
    act(database, four_eyes.refuse, link, "Our board says no.")

    (told,) = mails(database, asked, "proposal_refused")
    assert told.address == "a@example.org"
    assert "Our board says no." in words_of(database, told).get_body(("plain",)).get_content()
    with pytest.raises(RefusedError, match="nothing to confirm"):
        confirm(database, asked, link)
    again = propose(database, asked, Confirmer("Eve Else", "eve@example.org"))
    with pytest.raises(RefusedError, match="nothing to confirm"):
        confirm(database, asked, link)
    confirm(database, asked, again, "Eve Else")
    assert proposals(database) == ["refused", "confirmed"]
    assert findings(database, asked) == []


def test_a_proposal_is_one_at_a_time_and_any_contact_withdraws_it(database, asked):
    bea = act(database, more_contacts.add, *place(database, asked), "Bea", "bea@example.org", ANNA)
    with database.reading() as session:
        hers = session.query(Link).filter_by(contact_id=bea.id, purpose="answer").one().id
    link = propose(database, asked)
    assert propose(database, asked) == link
    with pytest.raises(RefusedError, match="waits for"):
        propose(database, asked, Confirmer("Eve Else", "eve@example.org"), hers)
    act(database, four_eyes.withdraw, hers)
    assert [mail.state for mail in mails(database, asked, "proposal")] == ["cancelled"]

    with pytest.raises(NotFoundError):
        confirm(database, asked, link)
    confirm(database, asked, propose(database, asked, Confirmer("Bea", "bea@example.org")), "Bea")
    assert proposals(database) == ["ended", "confirmed"]
    assert findings(database, asked) == []


def test_a_new_version_ends_it_and_so_does_who_goes(database, asked):
    bea = act(database, more_contacts.add, *place(database, asked), "Bea", "bea@example.org", ANNA)
    link = propose(database, asked)
    before = digest(database, asked)
    correct(database, asked, small=False)
    with pytest.raises(SupersededError):
        confirm(database, asked, link, digest=before)
    with pytest.raises(RefusedError, match="nothing to confirm"):
        confirm(database, asked, link)
    to_bea = propose(database, asked, Confirmer("Bea", "bea@example.org"))
    act(database, more_contacts.remove, *place(database, asked), bea.id, ANNA)
    with pytest.raises(NotFoundError):
        confirm(database, asked, to_bea, "Bea")
    changed = propose(database, asked)
    act(database, invitations.set_contact, *place(database, asked), "new@example.org", ANNA)
    with pytest.raises((NotFoundError, RefusedError)):
        confirm(database, asked, changed)
    declined = propose(database, asked)
    act(database, answers.decline, link_ids(database, asked)[0], digest(database, asked), "No.")
    with pytest.raises(RefusedError):
        confirm(database, asked, declined)

    assert standing(database, asked) == []
    assert findings(database, asked) == []


def test_it_holds_from_when_it_was_asked_for_and_what_was_signed_before_stays(database, letter_id):
    sign(database, letter_id)
    act(database, drafts.set_terms, letter_id, terms(four_eyes=True), ANNA)

    assert standing(database, letter_id) == [("ORGA", "confirmed")]
    with pytest.raises(RefusedError, match="Two people sign"):
        sign(database, letter_id, 1)
    correct(database, letter_id, small=False)
    with pytest.raises(RefusedError, match="Two people sign"):
        sign(database, letter_id)
    confirm(database, letter_id, propose(database, letter_id))
    act(database, drafts.set_terms, letter_id, terms(), ANNA)
    sign(database, letter_id, 1)
    assert [label for label, _ in standing(database, letter_id)] == ["ORGA", "ORGB"]
    act(database, lifecycle.approve, letter_id, ANNA)
    assert findings(database, letter_id) == []


def test_both_take_a_code_where_signing_does(database):
    letter_id = take_in(database, 1, code_required=True, four_eyes=True)
    open_sign_off(database, letter_id)
    first = link_ids(database, letter_id)[0]
    with pytest.raises(CodeNeededError):
        propose(database, letter_id)
    link = propose(database, letter_id, code=redeemed(database, first, "propose"))
    with pytest.raises(CodeNeededError):
        confirm(database, letter_id, link)
    with pytest.raises(CodeNeededError):
        confirm(database, letter_id, link, code=redeemed(database, first, "sign"))
    for do, by in ((four_eyes.refuse, (link, "No.")), (four_eyes.withdraw, (first,))):
        with pytest.raises(CodeNeededError):
            act(database, do, *by)
    act(database, four_eyes.withdraw, first, redeemed(database, first, "stop"))
    link = propose(database, letter_id, code=redeemed(database, first, "propose"))
    act(database, four_eyes.refuse, link, "No.", redeemed(database, link, "stop"))
    link = propose(database, letter_id, code=redeemed(database, first, "propose"))
    confirm(database, letter_id, link, code=redeemed(database, link, "sign"))

    assert [m.address for m in mails(database, letter_id, "code")].count("dora@example.org") == 2
    assert findings(database, letter_id) == []


def redeemed(database, link, purpose):
    code = act(database, codes.send_code, link, "browser", purpose)
    return act(database, codes.redeem, link, "browser", database.tokens.codes(code.id)[0], purpose)


# --- what the record must show ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda about: about.pop("proposal"), "nobody had proposed it"),
        (lambda about: about.update(proposal=3), "a proposal that never was"),
        (lambda about: about.update(link="f" * 32), "not confirmed by the link"),
    ],
)
def test_the_verifier_refuses_a_signature_that_no_second_link_confirmed(database, asked, monkeypatch, change, said):
    link = propose(database, asked)
    about_of = history.actions.InvitationSigned.about

    def otherwise(entry):
        about = about_of(entry)
        change(about)
        return about

    monkeypatch.setattr(history.actions.InvitationSigned, "about", otherwise)
    confirm(database, asked, link)

    assert any(said in one for one in findings(database, asked)), findings(database, asked)


def test_the_verifier_refuses_a_link_that_went_to_the_very_same_mailbox(database, asked, monkeypatch):
    monkeypatch.setattr(four_eyes, "_another", lambda link, to: to)
    confirm(database, asked, propose(database, asked, Confirmer("Dora Director", "a+dora@Example.org")))

    assert any("the very mailbox that it came from" in one for one in findings(database, asked))


def test_an_organisation_asks_for_two_itself_and_a_coordinator_alone_lets_one_sign_again(app, database, letter_id):
    where = place(database, letter_id)
    act(database, more_contacts.add, *where, "Bea", "bea@example.org", ANNA)
    first, other = link_ids(database, letter_id)
    client, page = came(app, database, first)
    assert "Let two people sign for us" in page.text
    path, asks = page.request.path, {"csrf_token": csrf(page)}
    assert "Tick the box" in client.post(f"{path}/four-eyes", data=asks).text
    done = client.post(f"{path}/four-eyes", data=asks | {"sure": "y"}, follow_redirects=True)
    assert "From now on two people sign" in done.text
    assert "Let two people sign for us" not in done.text and "Who confirms it?" in done.text
    act(database, four_eyes.ask_for_two, first)

    assert actions(database, letter_id).count("invitation.four_eyes") == 1
    told = [mail for mail in mails(database, letter_id, "who_signs") if mail.about["what"] == "two"]
    assert sorted(mail.address for mail in told) == ["a@example.org", "bea@example.org"]
    assert "a@example.org has asked" in words_of(database, told[0]).get_body(("plain",)).get_content()
    with pytest.raises(RefusedError, match="Two people sign"):
        sign(database, letter_id)
    sign(database, letter_id, 1)
    seen = signed_in(app, database).get(f"/letters/{letter_id}/invitations/{where[1]}").text
    assert "asked that two sign for it" in seen
    act(database, rule.set_wanted, *where, False, ANNA)
    assert [mail.about["what"] for mail in mails(database, letter_id, "who_signs")][-2:] == ["one", "one"]
    sign(database, letter_id)
    assert findings(database, letter_id) == []


def test_it_takes_the_code_to_ask_for_two_where_signing_does(database):
    letter_id = take_in(database, 1, code_required=True)
    open_sign_off(database, letter_id)
    first = link_ids(database, letter_id)[0]
    with pytest.raises(CodeNeededError):
        act(database, four_eyes.ask_for_two, first)
    with pytest.raises(CodeNeededError):
        act(database, four_eyes.ask_for_two, first, redeemed(database, first, "sign"))
    act(database, four_eyes.ask_for_two, first, redeemed(database, first, "two"))
    with pytest.raises(RefusedError, match="Two people sign"):
        sign(database, letter_id)
    assert findings(database, letter_id) == []


def test_the_verifier_refuses_an_organisation_that_lets_one_sign_alone_again_by_itself(database, asked, monkeypatch):
    with database.writing() as session:
        session.get_one(Invitation, place(database, asked)[1]).four_eyes = False
    about_of = history.actions.FourEyesSet.about
    monkeypatch.setattr(history.actions.FourEyesSet, "about", lambda entry: about_of(entry) | {"wanted": False})
    act(database, four_eyes.ask_for_two, link_ids(database, asked)[0])

    assert any("no coordinator said so" in one for one in findings(database, asked))


# --- on the pages -----------------------------------------------------------------------------------------------------


def came(app, database, link_id):
    client = app.test_client()
    with database.reading() as session:
        token = session.tokens.links(link_id)[0]
    return client, client.get(f"/s/{token}", follow_redirects=True)


def test_two_people_sign_on_their_pages(app, database, asked):
    client, page = came(app, database, link_ids(database, asked)[0])
    assert "Who confirms it?" in page.text
    path, text = page.request.path, digest(database, asked)

    def post(client, page, where, **fields):
        data = {"csrf_token": csrf(page), "digest": text, "objection_hours": "0"} | fields
        return client.post(f"{path}/{where}", data=data, follow_redirects=True)

    whole = {"choice": "sign", "name": "Dora Director", "title": "Director", "authorised": "y"}
    assert "Type the name of the person who confirms." in post(client, page, "answer", **whole).text
    whole |= {"confirmer": DORA.name, "confirmer_email": "a@example.org"}
    assert "That is your own address." in post(client, page, "answer", **whole).text
    proposed = post(client, page, "answer", **whole | {"confirmer_email": DORA.email})
    assert "Proposed. We’re emailing whoever is to confirm." in proposed.text
    assert "Withdraw the proposal" in proposed.text

    with database.reading() as session:
        link = session.query(Proposal).one().confirming_link_id
    second, page = came(app, database, link)
    assert "Please confirm: your organisation signs this letter" in page.text
    assert "First paragraph of the letter" in page.text
    for where in ("answer", "retraction", "comments", "successor", "readers", "proposal/end"):
        assert post(second, page, where).status_code == 404
    assert "Tick the box" in post(second, page, "confirmation", name=DORA.name).text
    signed = post(second, page, "confirmation", name=DORA.name, authorised="y")
    assert "Your organisation has signed" in signed.text
    assert invitation_states(database, asked)[0] == "signed"
    assert actions(database, asked).count("invitation.sign") == 1


def test_one_browser_and_another_domain_are_remarked_and_hold_nothing_up(app, database, asked):
    client, page = came(app, database, link_ids(database, asked)[0])
    path, text = page.request.path, digest(database, asked)
    whole = {"choice": "sign", "name": "Dora Director", "title": "Director", "authorised": "y", "digest": text}
    whole |= {"confirmer": "Dora Director", "confirmer_email": "dora@elsewhere.example", "objection_hours": "0"}
    client.post(f"{path}/answer", data=whole | {"csrf_token": csrf(page)})
    with database.reading() as session:
        token = session.tokens.links(session.query(Proposal).one().confirming_link_id)[0]
    page = client.get(f"/s/{token}", follow_redirects=True)
    fields = {"csrf_token": csrf(page), "name": "Dora Director", "authorised": "y", "digest": text}
    signed = client.post(f"{path}/confirmation", data=fields | {"objection_hours": "0"}, follow_redirects=True)

    assert "Your organisation has signed" in signed.text
    staff = signed_in(app, database)
    for where in ("history", f"invitations/{place(database, asked)[1]}"):
        seen = " ".join(staff.get(f"/letters/{asked}/{where}").text.split())
        assert "it was proposed and confirmed in one browser" in seen, where
        assert "an address at another domain than whoever proposed it" in seen, where
    with database.reading() as session:
        assert "in one browser" in session.get_one(Letter, asked).invitations[0].signoffs[0].odd
    assert findings(database, asked) == []


# --- erased -----------------------------------------------------------------------------------------------------------


def test_each_of_those_people_can_be_erased_and_the_others_and_the_record_stay(database, asked):
    where = place(database, asked)
    bea = act(database, more_contacts.add, *where, "Bea Bergen", "bea@example.org", ANNA)
    with database.reading() as session:
        hers = session.query(Link).filter_by(contact_id=bea.id, purpose="answer").one().id
    act(database, readers.add, hers, "Cleo Colleague", "cleo@example.org")
    confirm(database, asked, propose(database, asked, link=hers))
    tell(database, asked)
    act(database, lifecycle.withdraw, asked, "No more.", ANNA)
    tell(database, asked)

    for address, name in (
        ("cleo@example.org", "Cleo Colleague"),
        ("bea@example.org", "Bea Bergen"),
        ("dora@example.org", "Dora Director"),
    ):
        assert address in everything(database)
        erasure.go_on(database, act(database, erasure.begin_person, address, "request", ANNA).id)
        left = everything(database)
        assert "\n".join(row for row in left.split("\n") if address in row or name in row) == ""
        assert "b@example.org" in left
        assert findings(database, asked) == []


def everything(database) -> str:
    """All that stands in the tables, as text; what waits of jobs is none of theirs."""
    found = []
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            found += [f"{table.name}: {row!r}" for row in connection.execute(sa.select(table))]
    return "\n".join(found)
