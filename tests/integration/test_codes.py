"""Six digits by mail before signing, on both databases."""

from datetime import timedelta

import pytest

from tests.support.factories import ANNA, act, answer, invitation_states, link_ids, mails, open_sign_off, take_in
from workflow.campaigns import invitations
from workflow.errors import NotFoundError, RefusedError
from workflow.mails import writing
from workflow.models import Code, Delivery, LogEntry, now
from workflow.signoffs import answers, codes


@pytest.fixture
def letter_id(database):
    made = take_in(database, 1, code_required=True)
    open_sign_off(database, made)
    return made


@pytest.fixture
def link(database, letter_id):
    return link_ids(database, letter_id)[0]


def digits(database, code):
    return database.tokens.codes(code.id)[0]


def test_without_a_code_nobody_signs(database, letter_id, link):
    with pytest.raises(RefusedError, match="6-digit code"):
        act(database, answers.sign, link, answer(database, letter_id))

    assert invitation_states(database, letter_id) == ["invited"]


def test_the_digits_of_the_mail_sign(database, letter_id, link):
    code = act(database, codes.send_code, link, "browser")
    mail = mails(database, letter_id, "code")[0]
    with database.reading() as session:
        content = writing.write(session, session.get_one(Delivery, mail.id)).decode()
    assert digits(database, code) in content

    redeemed = act(
        database, codes.redeem, link, "browser", f" {digits(database, code)[:3]} {digits(database, code)[3:]}"
    )
    act(database, answers.sign, link, answer(database, letter_id, code=redeemed))

    assert redeemed == code.id
    assert invitation_states(database, letter_id) == ["signed"]


def test_the_digits_are_in_no_table_and_no_entry(database, letter_id, link):
    code = act(database, codes.send_code, link, "browser")

    with database.reading() as session:
        entries = b"".join(row.entry for row in session.query(LogEntry))
        rows = str([vars(row) for row in (*session.query(Delivery), *session.query(Code))])
    assert digits(database, code).encode() not in entries
    assert f"'{digits(database, code)}'" not in rows


@pytest.mark.parametrize("spoil", ["wrong", "browser", "used", "old", "tries", "replaced"])
def test_a_code_that_does_not_hold_redeems_nothing(database, letter_id, link, spoil):
    code = act(database, codes.send_code, link, "browser")
    typed = digits(database, code)
    if spoil == "used":
        assert act(database, codes.redeem, link, "browser", typed)
    if spoil == "old":
        with database.writing() as session:
            session.get_one(Code, code.id).expires_at = now() - timedelta(seconds=1)
    if spoil == "tries":
        for _ in range(5):
            assert not act(database, codes.redeem, link, "browser", "000000" if typed != "000000" else "111111")
    if spoil == "replaced":
        act(database, codes.send_code, link, "browser")
    wrong = f"{(int(typed) + 1) % 1_000_000:06}"

    browser = "another" if spoil == "browser" else "browser"
    assert act(database, codes.redeem, link, browser, wrong if spoil == "wrong" else typed) == ""


def test_five_codes_an_hour_are_mailed_and_no_more(database, letter_id, link):
    for _ in range(5):
        act(database, codes.send_code, link, "browser")

    with pytest.raises(RefusedError, match="Wait a while"):
        act(database, codes.send_code, link, "browser")

    assert len(mails(database, letter_id, "code")) == 5


def test_a_forwarded_link_reads_and_signs_nothing(database, letter_id, link):
    """Whoever holds the link in another browser gets no digits: they go to the invited address."""
    act(database, codes.send_code, link, "a stranger's browser")

    assert mails(database, letter_id, "code")[0].address == "a@example.org"
    assert act(database, codes.redeem, link, "a stranger's browser", "") == ""


def test_a_code_of_a_link_that_was_replaced_redeems_nothing(database, letter_id, link):
    code = act(database, codes.send_code, link, "browser")
    with database.reading() as session:
        invitation = session.get_one(Code, code.id) and session.query(Delivery).first().invitation_id
    act(database, invitations.replace_link, letter_id, invitation, ANNA)

    with pytest.raises(NotFoundError):
        act(database, codes.redeem, link, "browser", digits(database, code))
