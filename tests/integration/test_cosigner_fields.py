"""What is known of co-signers is put right, all of it until they are written to; nothing that was typed is lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.support.browsing import csrf, field, read, signed_in
from tests.support.factories import ANNA, act, actions, findings, open_sign_off, sign, take_in
from workflow.campaigns import cosigner_fields, drafts, invitations, lifecycle
from workflow.campaigns.cosigner_fields import Change, Fields
from workflow.campaigns.lookup import locked_letter
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.history.evidence import verify
from workflow.letter import text
from workflow.models import Invitation, KnownOrganisation, Letter


@pytest.fixture
def letter_id(database):
    return take_in(database, 4)


def listed(database, letter_id):
    """The ids of the co-signers in their order, and their fields."""
    with database.reading() as session:
        rows = session.get_one(Letter, letter_id).invitations
        return {one.id: cosigner_fields.of(one) for one in sorted(rows, key=lambda one: one.position)}


def save(database, letter_id, changes=None, removed=()):
    return act(database, cosigner_fields.save, letter_id, changes or {}, removed, ANNA)


def changed(fields, **what):
    return Change(fields=replace(fields, **what), shown=fields)


def test_every_field_is_put_right_in_one_act_and_on_the_record(database, letter_id):
    before = listed(database, letter_id)
    first, second, *_ = before
    right = {"organisation": "Rights Watch", "acronym": "RW", "signatory": "Ann", "title": "Chair", "country": "Chad"}

    number = save(
        database,
        letter_id,
        {
            first: changed(before[first], **right, email="ann@rights.example", contact_name="Bo", required=True),
            second: changed(before[second]),
        },
    )

    after = listed(database, letter_id)
    assert number == 1
    assert after[first] == Fields(**right, email="ann@rights.example", contact_name="Bo", required=True)
    assert [after[one] for one in before if one != first] == [before[one] for one in before if one != first]
    assert actions(database, letter_id).count("invitation.corrected") == 1
    assert findings(database, letter_id) == []


def test_what_was_mistyped_is_put_right_in_the_directory_too(database, letter_id):
    before = listed(database, letter_id)
    first = next(iter(before))

    save(database, letter_id, {first: changed(before[first], organisation="Right Name", email="right@example.org")})

    with database.reading() as session:
        known = session.get_one(KnownOrganisation, session.get_one(Invitation, first).organisation.known_id)
        assert (known.name, [one.email for one in known.contacts]) == ("Right Name", ["right@example.org"])
        assert session.query(KnownOrganisation).count() == len(before)


def test_an_organisation_that_another_letter_knows_keeps_its_name_there(database, letter_id):
    with database.writing() as session:
        row = session.get_one(Letter, letter_id)
        cosigner = text.Cosigner("Organisation A", email="a@example.org")
        drafts.take_in(session, row.text(), [cosigner], ANNA, dated=None, terms=drafts.Terms(), campaign=row.campaign)
    before = listed(database, letter_id)
    first = next(iter(before))

    save(database, letter_id, {first: changed(before[first], organisation="Another")})

    with database.reading() as session:
        names = sorted(one.name for one in session.query(KnownOrganisation))
    assert names == ["Another", "Organisation A", "Organisation B", "Organisation C", "Organisation D"]


def test_those_that_were_never_written_to_are_taken_off_and_the_others_move_up(database, letter_id):
    ids = list(listed(database, letter_id))

    assert save(database, letter_id, removed=[ids[0], ids[2]]) == 2

    with database.reading() as session:
        rows = session.get_one(Letter, letter_id).invitations
        assert [(one.id, one.position) for one in rows] == [(ids[1], 1), (ids[3], 2)]
    added = act(database, invitations.invite, letter_id, text.Cosigner("Organisation A"), ANNA)
    assert list(listed(database, letter_id)) == [ids[1], ids[3], added.id]
    assert findings(database, letter_id) == []


def test_they_are_put_in_another_order_by_their_numbers(database, letter_id):
    before = listed(database, letter_id)
    one, two, three, four = before

    first, third = (replace(changed(before[which]), position=place) for which, place in ((four, 1), (one, 3)))
    save(database, letter_id, {four: first, one: third})

    assert list(listed(database, letter_id)) == [four, two, one, three]
    assert findings(database, letter_id) == []


def test_after_its_invitation_is_out_its_name_and_its_contact_stay_and_the_rest_changes_with_a_record(
    database, letter_id
):
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    before = listed(database, letter_id)
    first = next(iter(before))

    for name in ("organisation", "acronym", "email"):
        with pytest.raises(InputError) as refused:
            save(database, letter_id, {first: changed(before[first], **{name: "x@example.org"})})
        assert list(refused.value.fields) == [f"{name}-{first}"]
    with pytest.raises(InputError):
        save(database, letter_id, removed=[first])
    save(database, letter_id, {first: changed(before[first], signatory="New Chair", title="Chair", required=True)})

    assert listed(database, letter_id)[first] == replace(
        before[first], signatory="New Chair", title="Chair", required=True
    )
    assert findings(database, letter_id) == []
    act(database, lifecycle.approve, letter_id, ANNA)
    with pytest.raises(RefusedError):
        save(database, letter_id, {first: changed(before[first], title="President")})


def test_nothing_is_saved_where_one_cell_is_wrong_and_each_is_named(database, letter_id):
    before = listed(database, letter_id)
    first, second, third, _ = before

    with pytest.raises(InputError) as refused:
        save(
            database,
            letter_id,
            {
                first: changed(before[first], organisation="organisation c", title="Chair"),
                second: changed(before[second], email="nobody", organisation=" "),
                third: Change(fields=replace(before[third], title="Chair"), shown=replace(before[third], title="Old")),
            },
        )

    assert set(refused.value.fields) == {
        f"organisation-{first}", f"email-{second}", f"organisation-{second}", f"organisation-{third}"
    }  # fmt: skip
    assert listed(database, letter_id) == before
    with pytest.raises(NotFoundError):
        save(database, letter_id, removed=[next(iter(listed(database, take_in(database, 1))))])


def test_a_name_is_free_again_once_the_one_that_had_it_is_taken_off_or_renamed(database, letter_id):
    before = listed(database, letter_id)
    first, second, third, fourth = before

    save(
        database,
        letter_id,
        {
            first: changed(before[first], organisation="Organisation B"),
            second: changed(before[second], organisation="Organisation A"),
            third: changed(before[third], organisation="Organisation D"),
        },
        [fourth],
    )

    assert [one.organisation[-1] for one in listed(database, letter_id).values()] == ["B", "A", "D"]


def test_somebody_who_signs_in_their_own_name_has_one_name(database):
    letter_id = take_in(database, 1)
    with database.writing() as session:
        session.get_one(Letter, letter_id).campaign.individuals = True
    person = text.Cosigner(signatory="Ann Othr", title="Professor", individual=True)
    key = act(database, invitations.invite, letter_id, person, ANNA).id
    before = listed(database, letter_id)

    save(database, letter_id, {key: changed(before[key], organisation="Ann Other")})

    after = listed(database, letter_id)[key]
    assert (after.organisation, after.signatory) == ("Ann Other", "Ann Other")
    assert findings(database, letter_id) == []


def test_who_changes_what_is_known_beside_the_log_is_found_out(database, letter_id):
    before = listed(database, letter_id)
    first = next(iter(before))
    save(database, letter_id, {first: changed(before[first], title="Chair")})

    with database.writing() as session:
        session.get_one(Invitation, first).signatory_title = "President"

    with database.reading() as session:
        assert any("signatory_title" in said for said in verify(session, letter_id).problems)


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(app, database):
    return signed_in(app, database)


def table(client, letter_id, **asked):
    return client.get(f"/letters/{letter_id}/cosigners/fields", query_string=asked)


def sent(client, page, letter_id, asked="", **changes):
    typed = dict(next(form for form in read(page).forms if form.get("id") == "cosigners-fields").form_values())
    return client.post(f"/letters/{letter_id}/cosigners/fields{asked}", data=typed | changes)


def test_the_table_is_saved_a_page_at_a_time_and_goes_on_to_the_next(client, database):
    letter_id = take_in(database, 0)
    asked = [text.Cosigner(f"Organisation {number:03}") for number in range(120)]
    with database.writing() as session:
        invitations.put_on_the_list(session, locked_letter(session, letter_id), asked, ANNA)
    ids = list(listed(database, letter_id))
    page = table(client, letter_id)
    assert len(re.findall('name="row-', page.text)) == 50

    on = sent(client, page, letter_id, onwards="y", **{f"email-{ids[49]}": "last@example.org"})
    second = client.get(on.location)

    assert on.status_code == 303
    assert f'name="row-{ids[50]}"' in second.text and f'name="row-{ids[49]}"' not in second.text
    assert "1 co-signer saved" in second.text
    lacking = table(client, letter_id, show="unaddressed")
    assert f'name="row-{ids[49]}"' not in lacking.text and f'name="row-{ids[50]}"' in lacking.text


def test_a_refused_table_keeps_all_that_was_typed_and_says_what_is_wrong_at_each_cell(client, database, letter_id):
    first, second, *_ = listed(database, letter_id)
    page = table(client, letter_id)

    wrong = {f"email-{first}": "nobody", f"title-{second}": "Chair", f"position-{second}": "x"}
    refused = sent(client, page, letter_id, **wrong)
    again = sent(client, refused, letter_id, **{f"email-{first}": "nobody", f"position-{second}": "1"})

    assert (refused.status_code, again.status_code) == (400, 400)
    assert "Enter a number" in field(refused, "cosigners-fields", f"position-{second}")[1][0]
    assert field(again, "cosigners-fields", f"title-{second}")[0] == "Chair"
    value, said = field(again, "cosigners-fields", f"email-{first}")
    assert (value, "not an email address" in said[0]) == ("nobody", True)
    saved = sent(client, again, letter_id, **{f"email-{first}": "some@example.org"})
    assert saved.status_code == 303
    assert list(listed(database, letter_id))[0] == second


def test_who_saves_a_row_that_was_changed_meanwhile_is_told(client, database, letter_id):
    before = listed(database, letter_id)
    first, second, *_ = before
    page = table(client, letter_id)
    save(database, letter_id, {first: changed(before[first], title="Chair")})

    other = sent(client, page, letter_id, **{f"title-{second}": "Deputy"})
    late = sent(client, page, letter_id, **{f"title-{first}": "President"})

    assert (other.status_code, late.status_code) == (303, 400)
    assert "meanwhile" in late.text
    assert [one.title for one in listed(database, letter_id).values()][:2] == ["Chair", "Deputy"]


def test_one_co_signer_is_put_right_or_taken_off_on_its_own_page(client, database, letter_id):
    first = next(iter(listed(database, letter_id)))
    where = f"/letters/{letter_id}/invitations/{first}"
    page = client.get(where)
    form = next(form for form in read(page).forms if form.get("action").endswith("/fields"))
    typed = dict(form.form_values())

    refused = client.post(f"{where}/fields", data=typed | {"organisation": "Organisation B", "title": "Chair"})
    saved = client.post(f"{where}/fields", data=typed | {"title": "Chair", "required": "y"})

    assert (refused.status_code, saved.status_code) == (400, 303)
    assert "already on the list" in refused.text and "Chair" in refused.text
    assert listed(database, letter_id)[first].title == "Chair"
    gone = client.post(f"{where}/removal", data={"csrf_token": csrf(client.get(where))})
    assert (gone.status_code, first in listed(database, letter_id)) == (303, False)
