"""Co-signers taken along as CSV and Word, and several of them changed at once."""

from __future__ import annotations

import csv
import io

import docx
import pytest

from tests.support.browsing import csrf, invitation_id, read, signed_in
from tests.support.cases import each
from tests.support.factories import ANNA, act, open_sign_off, sign, terms, words
from tests.support.lived import lived
from workflow import accounts
from workflow.campaigns import drafts, invitations, stationery
from workflow.imports import cosigner_lists
from workflow.letter.text import Cosigner
from workflow.models import Letter

NAMES = ("=Alpha, Union", "Beta", "Gamma", "Ōmega")
"""The first would be run as a formula by a spreadsheet."""


@pytest.fixture
def letter_id(database):
    return lived(database, a_letter)


def a_letter(database):
    asked = [
        Cosigner(name, f"O{n}", f"Person {n}", "Chair", f"o{n}@x{n}.example", country="Kenya")
        for n, name in enumerate(NAMES)
    ]
    made = act(database, _take_in, asked)
    open_sign_off(database, made)
    withheld = stationery.Standing(position=3, country="Kenya", founder=False, confidential=True)
    act(database, stationery.set_standing, made, invitation_id(database, made, 2), withheld, ANNA)
    for number in (3, 2, 0):
        sign(database, made, number)
    return made


def _take_in(session, asked):
    return drafts.take_in(session, words(subject="Free them: now"), asked, ANNA, dated=None, terms=terms()).id


def table(answer):
    assert answer.status_code == 200 and answer.data.startswith(b"\xef\xbb\xbf")
    return [*csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))]


@pytest.fixture
def auditor(app, database, letter_id):
    client = signed_in(app, database, "auditor@example.org", admin=False)
    with database.writing() as session:
        campaign = session.get_one(Letter, letter_id).campaign_id
        accounts.join(session, campaign, accounts.user(session, "auditor@example.org"), "auditor")
    return client


@pytest.fixture
def client(app, database):
    return signed_in(app, database)


def test_names_go_out_in_printed_order_and_withheld_ones_as_a_number(client, letter_id):
    rows = table(client.get(f"/letters/{letter_id}/names.csv"))
    assert [row[3] for row in rows[1:]] == ["'=Alpha, Union", "Ōmega", "1 organisation, name withheld"]
    assert rows[1] == ["1", "Person A", "Director", "'=Alpha, Union", "O0", "Kenya"]

    answer = client.get(f"/letters/{letter_id}/names.docx")
    lines = [paragraph.text for paragraph in docx.Document(io.BytesIO(answer.data)).paragraphs]
    assert lines == [
        "Free them: now",
        "Person A, Director, =Alpha, Union (O0) – Kenya",
        "Person A, Director, Ōmega (O3) – Kenya",
        "1 organisation, name withheld",
    ]
    assert "free-them-now-names-20" in answer.headers["Content-Disposition"]


def test_the_list_goes_out_as_it_is_filtered_and_reads_back(client, letter_id):
    at = f"/letters/{letter_id}/cosigners.csv"
    assert [row[0] for row in table(client.get(f"{at}?show=silent"))[1:]] == ["Beta"]
    found = cosigner_lists.read(client.get(at).data, "list.csv")

    assert [row.cosigner.organisation for row in found.rows] == list(NAMES)
    assert found.rows[1].cosigner == Cosigner(
        "Beta", "O1", "Person 1", "Chair", "o1@x1.example", False, country="Kenya"
    )


def test_an_auditor_never_gets_a_withheld_name(auditor, letter_id):
    for file in ("cosigners.csv", "cosigners.csv?q=gamma", "names.csv", "names.docx"):
        answer = auditor.get(f"/letters/{letter_id}/{file}")
        assert answer.status_code == 200
        text = answer.data if file.endswith("docx") else answer.data.decode()
        for secret in ("Gamma", "O2", "o2@x2.example"):
            assert (secret.encode() if isinstance(text, bytes) else secret) not in text


def test_the_state_of_its_email_stands_in_the_row_of_each(client, database, letter_id):
    tree = read(client.get(f"/letters/{letter_id}/cosigners"))
    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in tree.xpath("//table//tbody/tr")]
    assert [row[1] for row in rows] == ["=Alpha, Union (O0)", "Beta (O1)", "Gamma (O2)", "Ōmega (O3)"]
    assert all(row[4].startswith("Queued") for row in rows)
    assert "Signed" in rows[0][5] and "Waiting" in rows[1][5]


def chosen(client, letter_id, do, *ids, **more):
    page = client.get(f"/letters/{letter_id}/cosigners")
    sent = {"csrf_token": csrf(page), "do": do, **{f"chosen-{one}": "y" for one in ids}, **more}
    return client.post(f"/letters/{letter_id}/cosigners/chosen", data=sent, follow_redirects=True)


def standing(database, letter_id):
    with database.reading() as session:
        return [(i.state, i.required) for i in session.get_one(Letter, letter_id).invitations]


def test_several_are_changed_at_once(client, database, letter_id):
    ids = [invitation_id(database, letter_id, number) for number in range(4)]

    assert "2 co-signers changed." in chosen(client, letter_id, "require", *ids[:2]).text
    assert [required for _, required in standing(database, letter_id)] == [True, True, False, False]
    assert "1 co-signer changed." in chosen(client, letter_id, "release", all="y", q="beta").text
    assert "1 invitation cancelled." in chosen(client, letter_id, "cancel", *ids).text
    assert [state for state, _ in standing(database, letter_id)] == ["signed", "revoked", "signed", "signed"]
    assert [row[0] for row in table(chosen(client, letter_id, "export", *ids[1:2]))[1:]] == ["Beta"]


def test_who_was_never_invited_is_taken_off_and_nobody_else(client, database, letter_id):
    with database.writing() as session:
        from workflow.campaigns.lookup import locked_letter

        row = locked_letter(session, letter_id)
        (new,) = invitations.put_on_the_list(session, row, [Cosigner("New one")], ANNA)
    refused = chosen(client, letter_id, "remove", new, invitation_id(database, letter_id, 1))
    assert refused.status_code == 400 and "has been invited" in refused.text
    assert "1 co-signer taken off." in chosen(client, letter_id, "remove", new).text
    assert len(standing(database, letter_id)) == 4


@each("do", ["", "cancel", "remove", "nonsense"])
def test_nothing_happens_to_nobody(client, letter_id, do):
    assert chosen(client, letter_id, do).status_code == 409


def test_what_is_chosen_on_another_letter_stays_as_it_is(client, database, letter_id):
    other = act(database, _take_in, [Cosigner("Other")])
    assert chosen(client, letter_id, "cancel", invitation_id(database, other)).status_code == 409
    assert standing(database, other) == [("invited", False)]
