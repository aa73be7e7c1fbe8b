"""The directory: who is put on a letter is known from then on, once; what was typed is found there again."""

from __future__ import annotations

import dataclasses

import pytest

from tests.support.factories import ANNA, findings, terms, words
from tests.support.listening import statements
from workflow import accounts, history
from workflow.campaigns import directory, drafts
from workflow.errors import NotFoundError
from workflow.letter import text
from workflow.models import Campaign, KnownOrganisation, Letter, Organisation, User

FIDH = text.Cosigner(
    "International Federation for Human Rights", "FIDH", "Alice Mogwe", "President", "desk@fidh.example"
)
LEAGUE = text.Cosigner("Ligue des droits de l’Homme", "LDH", "Zoé", "Présidente", "zoe@ldh.example")


@pytest.fixture
def campaign_id(database):
    return campaign(database)


def campaign(database, *members):
    """A campaign with these coordinators."""
    with database.writing() as session:
        row = Campaign(name="A campaign")
        session.add(row)
        session.flush()
        for member in members:
            accounts.join(session, row.id, member, "coordinator")
        return row.id


def member(database, name, admin=False):
    with database.writing() as session:
        return accounts.user(session, f"{name}@example.org", name, admin=admin)


def letter(database, campaign_id, *asked, actor=ANNA):
    """A letter of a campaign, with these co-signers."""
    with database.writing() as session:
        joined = session.get_one(Campaign, campaign_id)
        return drafts.take_in(session, words(), asked, actor, dated=None, terms=terms(), campaign=joined).id


def known(database, who=None):
    """What the directory holds, as somebody sees it."""
    with database.reading() as session:
        query = directory.seen_by(session, who or User(admin=True))
        found = session.scalars(query.order_by(KnownOrganisation.created_at, KnownOrganisation.folded))
        return [(one.name, [(c.name, c.email, c.gets_link, c.signs) for c in one.contacts]) for one in found]


def matched(database, campaign_id, *asked, who=None):
    with database.reading() as session:
        return directory.match(session, campaign_id, asked, who)


def test_who_is_put_on_letters_is_known_once_with_every_address(database, campaign_id):
    letter(database, campaign_id, FIDH, LEAGUE)
    again = dataclasses.replace(
        FIDH, organisation="INTERNATIONAL  federation for Húman rights", email="new@fidh.example"
    )
    letter(database, campaign_id, again, text.Cosigner("FIDH", "", "Alice Mogwe"))

    assert known(database) == [
        (
            FIDH.organisation,
            [("Alice Mogwe", "desk@fidh.example", True, True), ("Alice Mogwe", "new@fidh.example", False, False)],
        ),
        (LEAGUE.organisation, [("Zoé", "zoe@ldh.example", True, True)]),
    ]
    with database.reading() as session:
        ids = {one.known_id for one in session.query(Organisation).filter(Organisation.name != LEAGUE.organisation)}
        assert len(ids) == 1


def test_two_organisations_may_share_an_address_and_one_have_two(database, campaign_id):
    shared = [
        text.Cosigner("Network A", email="desk@net.example"),
        text.Cosigner("Network B", email="desk@net.example"),
    ]
    letter(database, campaign_id, *shared, text.Cosigner("Network A", email="second@net.example"))

    assert known(database) == [
        ("Network A", [("", "desk@net.example", True, False), ("", "second@net.example", False, False)]),
        ("Network B", [("", "desk@net.example", True, False)]),
    ]


def test_a_contact_who_does_not_sign_is_a_person_of_their_own(database, campaign_id):
    letter(database, campaign_id, dataclasses.replace(FIDH, contact_name="Karim"))

    assert known(database)[0][1] == [("Alice Mogwe", "", False, True), ("Karim", "desk@fidh.example", True, False)]


def test_what_the_directory_knows_comes_to_a_letter_and_is_on_its_record(database, campaign_id):
    first = letter(database, campaign_id, FIDH)
    with database.writing() as session:
        row = session.query(KnownOrganisation).one()
        row.country, row.language, row.timezone = "France", "fr", "Europe/Paris"

    second = letter(database, campaign_id, FIDH, dataclasses.replace(LEAGUE, language="ar"))

    with database.reading() as session:
        (fidh, league) = session.get_one(Letter, second).invitations
        assert (fidh.organisation.country, fidh.language, fidh.timezone) == ("France", "fr", "Europe/Paris")
        assert (league.language, league.timezone) == ("ar", "")
        assert session.get_one(Letter, first).invitations[0].language == ""
    assert findings(database, second) == []


@pytest.mark.parametrize(
    ("typed", "how", "why"),
    [
        (FIDH, "same", ""),
        (text.Cosigner("international federation for human rights"), "same", ""),
        (text.Cosigner("FIDH"), "same", ""),
        (dataclasses.replace(FIDH, email="DESK@fidh.example"), "same", ""),
        (dataclasses.replace(FIDH, email="other@fidh.example", title="Chair"), "changed", "email title"),
        (text.Cosigner("Internatonal Federation for Human Rights"), "lookalike", "Nearly the same name"),
        (text.Cosigner("The Human Rights International Federation"), "lookalike", "The same words in another order"),
        (text.Cosigner("Fédération internationale", "FIDH"), "lookalike", "The same acronym"),
        (text.Cosigner("Somebody", email="desk@fidh.example"), "lookalike", "The same email address"),
        (text.Cosigner("Somebody", email="x@fidh.example"), "lookalike", "Email addresses of the same domain"),
        (text.Cosigner("Federation for Human Dignity"), "new", ""),
        (text.Cosigner("Somebody", email="x@gmail.com"), "new", ""),
    ],
)
def test_what_was_typed_is_found_or_pointed_out(database, campaign_id, typed, how, why):
    letter(database, campaign_id, FIDH, LEAGUE, text.Cosigner("Pop", email="pop@gmail.com"))

    (found,) = matched(database, campaign_id, typed)

    assert found.how == how
    assert (found.known.name if found.known else "") == ("" if how == "new" else FIDH.organisation)
    if how == "changed":
        assert sorted(one.field for one in found.differs) == why.split()
    else:
        assert str(found.why or "") == why


def test_names_with_numbers_are_near_only_where_the_numbers_are_the_same(database, campaign_id):
    letter(database, campaign_id, text.Cosigner("Local section 11 of the union"))

    found = matched(
        database,
        campaign_id,
        text.Cosigner("Local section 12 of the union"),
        text.Cosigner("Locl section 11 of the union"),
    )

    assert [one.how for one in found] == ["new", "lookalike"]


def test_who_was_chosen_from_the_directory_is_the_same_one_whatever_it_is_called_now(database, campaign_id):
    letter(database, campaign_id, FIDH)
    with database.reading() as session:
        known_id = session.query(KnownOrganisation).one().id
        (chosen,) = directory.as_cosigners(session, User(admin=True), [known_id, "0" * 32])
    assert (chosen.organisation, chosen.email, chosen.known) == (FIDH.organisation, FIDH.email, known_id)

    letter(database, campaign_id, dataclasses.replace(chosen, organisation="FIDH International"))

    assert len(known(database)) == 1


def test_nothing_is_shared_between_campaigns_but_what_somebody_of_both_chose(database):
    anna, bert = member(database, "anna"), member(database, "bert")
    first, second = campaign(database, anna), campaign(database, bert)
    letter(database, first, FIDH)
    letter(database, second, dataclasses.replace(FIDH, email="else@fidh.example"))

    assert [name for name, _ in known(database)] == [FIDH.organisation] * 2
    assert [[c[1] for c in contacts] for _, contacts in known(database, anna)] == [["desk@fidh.example"]]
    assert [[c[1] for c in contacts] for _, contacts in known(database, bert)] == [["else@fidh.example"]]
    (alone,) = matched(database, second, dataclasses.replace(LEAGUE, email="desk@fidh.example"), who=bert)
    assert alone.why is None or str(alone.why) == "Email addresses of the same domain"
    with database.reading() as session:
        theirs = session.scalars(directory.seen_by(session, anna)).one().id
    with pytest.raises(NotFoundError):
        letter(database, second, dataclasses.replace(FIDH, known=theirs), actor=history.coordinator(bert.id))

    both = member(database, "both")
    with database.writing() as session:
        for one in (first, second):
            accounts.join(session, one, session.get_one(User, both.id), "coordinator")
    (found,) = matched(database, campaign(database, both), FIDH, who=both)
    assert found.how == "same"
    letter(database, second, dataclasses.replace(FIDH, known=theirs), actor=history.coordinator(both.id))
    assert len(known(database, bert)) == 2


def test_thousands_are_kept_and_found_again_in_a_few_statements(database, campaign_id):
    def asked(count):
        return [
            text.Cosigner(f"Organisation {n:05}", f"O{n}", "Person", "Chair", f"o{n}@x{n}.example")
            for n in range(count)
        ]

    said = []
    for count in (20, 2_000):
        with statements(database) as heard, database.writing() as session:
            assert len(set(directory.keep(session, campaign_id, asked(count)))) == count
        said.append(len(heard))
        with statements(database) as heard:
            assert {one.how for one in matched(database, campaign_id, *asked(count))} == {"same"}
        said.append(len(heard))
    # Two parts were in the directory before: their contacts are asked for.
    assert said == [4, 3, 5, 3]
