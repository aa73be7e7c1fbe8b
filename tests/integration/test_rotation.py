"""A new secret takes the place of an old one, and nothing that was made under the old one is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from config.settings import Settings
from tests.support.browsing import arrived, signed_in, whole_answer
from tests.support.evidence import entries_of, files_of
from tests.support.factories import ANNA, act, answer, link_ids, mails, open_sign_off, sign, take_in, tell
from tests.support.keys import key, read_anew
from workflow import accounts, deliveries, rotation
from workflow.campaigns import drafts, invitations
from workflow.database import Database
from workflow.errors import LinkSecretChangedError, WrongKeyError
from workflow.history import evidence
from workflow.instance import Instance
from workflow.mails.writing import write, write_many
from workflow.models import Delivery, InstanceKey, Letter, SignInLink
from workflow.signoffs import answers, codes
from workflow.tokens import Tokens, fingerprint, hash_token
from wsgi import create_app

OLD, NEW, NEWEST = "old" + 40 * "x", "new" + 40 * "y", "newest" + 40 * "z"


def under(settings: Settings, *secrets: str) -> Settings:
    return settings.model_copy(update={"secret_key": " ".join(secrets)})


@pytest.fixture
def old(settings):
    """A database that was written under the old secret."""
    opened = Database(under(settings, OLD))
    yield opened
    opened.close()


@pytest.fixture
def started(settings):
    """Start a process with these secrets, as they stand in the setting."""
    running = []

    def start(*secrets: str) -> Database:
        running.append(Instance(under(settings, *secrets)).database)
        return running[-1]

    yield start
    for database in running:
        database.close()


@pytest.fixture
def letter_id(old):
    made = take_in(old, 3, code_required=True)
    open_sign_off(old, made)
    return made


def found_in(database, letter_id: str) -> tuple[list[str], list[str]]:
    """What is wrong with a letter's tables, and what has to be looked at."""
    with database.reading() as session:
        report = evidence.verify(session, letter_id)
    return report.problems, report.remarks


def token_of(database, letter_id: str, number: int = 0) -> str:
    with database.reading() as session:
        link = session.get_one(Letter, letter_id).invitations[number].link
        return session.tokens.link(link.id, link.token_hash)


def changes(database, letter_id: str) -> list[dict]:
    return [
        entry["about"] for entry in entries_of(files_of(database, letter_id)) if entry["action"] == "secret.changed"
    ]


# --- what was made under the old one ---------------------------------------------------------------------------------


def test_links_of_the_old_secret_open_and_are_mailed_again_as_they_were(settings, old, started, letter_id):
    before = token_of(old, letter_id)
    database = started(NEW, OLD)

    page = create_app(database.settings, database).test_client().get(f"/s/{before}")
    with database.reading() as session:
        mail = mails(database, letter_id, "sign_off") or mails(database, letter_id, "invitation")
        content = write(session, session.get_one(Delivery, mail[0].id))

    assert page.status_code == 303
    assert before in content.replace(b"=\r\n", b"").decode()


def test_links_that_are_made_after_it_are_of_the_new_secret(old, started, letter_id):
    database = started(NEW, OLD)
    act(database, invitations.replace_links, letter_id, ANNA)

    token = token_of(database, letter_id)

    assert token == Tokens((NEW,)).links(link_ids(database, letter_id)[0])[0]
    assert found_in(database, letter_id) == ([], [])


def test_a_mail_that_was_stored_under_the_old_secret_is_sent(old, started, letter_id):
    mail = mails(old, letter_id, "invitation")[0].id
    with old.writing() as session:
        session.get_one(Delivery, mail).sealed = session.tokens.encrypt(b"as it was made")

    with started(NEW, OLD).reading() as session:
        stored = session.get_one(Delivery, mail).sealed
        assert session.tokens.decrypt(stored) == b"as it was made"
        assert NEW.encode() not in stored


def test_a_code_that_is_under_way_is_taken(old, started, letter_id):
    link = link_ids(old, letter_id)[0]
    code = act(old, codes.send_code, link, "browser")
    digits = old.tokens.codes(code.id)[0]
    database = started(NEW, OLD)

    redeemed = act(database, codes.redeem, link, "browser", digits)
    act(database, answers.sign, link, answer(database, letter_id, code=redeemed))

    assert redeemed == code.id
    assert found_in(database, letter_id) == ([], [])


def test_a_sign_in_link_that_was_asked_for_before_is_mailed_and_signs_in(old, started):
    with old.writing() as session:
        accounts.user(session, "anna@example.org", "Anna", admin=True)
        accounts.mail_sign_in_link(session, "anna@example.org")
    database = started(NEW, OLD)

    with database.reading() as session:
        mail = session.query(Delivery).filter_by(kind="sign_in").one()
        content = write(session, mail).replace(b"=\r\n", b"").decode()
        [known] = session.query(SignInLink)

    token = content.partition("/sign-in/")[2][:43]
    assert hash_token(token) == known.token_hash


def test_sessions_and_open_forms_go_on(settings, old, started, letter_id):
    """The cookies and the tokens of forms that one process has made are taken by the next one."""
    act(old, drafts.set_terms, letter_id, drafts.Terms(name="A campaign", minimum=1), ANNA)
    before = create_app(old.settings, old)
    anna = signed_in(before, old)
    cosigner, page = arrived(before, old, settings, letter_id)
    database = started(NEW, OLD)
    after = create_app(database.settings, database)

    def moved(client):
        other = after.test_client()
        for cookie in client._cookies.values():
            other.set_cookie(cookie.key, cookie.value)
        return other

    signed = moved(cosigner).post(f"{page.request.path}/answer", data=whole_answer(database, letter_id, page))
    assert moved(anna).get("/").status_code == 200
    assert signed.headers["Location"].endswith("/receipt")


# --- on the record ---------------------------------------------------------------------------------------------------


def test_each_history_says_that_the_secret_changed_and_holds_as_before(old, started, letter_id):
    tell(old, letter_id)
    other = take_in(old, 2)
    database = started(NEW, OLD)
    tell(database, other)

    for one in (letter_id, other):
        assert [change["lost"] for change in changes(database, one)] == [False]
        assert found_in(database, one) == ([], [])
    started(NEW, OLD)
    assert len(changes(database, letter_id)) == 1


def test_what_was_changed_by_hand_is_seen_under_either_secret(old, started, letter_id):
    earlier = mails(old, letter_id, "invitation")[0].id
    database = started(NEW, OLD)
    later = act(database, codes.send_code, link_ids(database, letter_id)[0], "browser").id
    with database.reading() as session:
        later = next(mail.id for mail in session.query(Delivery).filter_by(kind="code") if mail.about["code"] == later)
    with database.writing() as session:
        for mail in (earlier, later):
            session.get_one(Delivery, mail).address = "thief@example.org"

    problems, _ = found_in(database, letter_id)

    assert [mail for mail in (earlier, later) if any(mail in one and "address" in one for one in problems)] == [
        earlier,
        later,
    ]


def test_without_the_old_one_what_it_recorded_is_said_to_be_beyond_comparison(old, started, letter_id):
    started(NEW, OLD)
    database = started(NEW)

    problems, remarks = found_in(database, letter_id)
    page = create_app(database.settings, database).test_client().get(f"/s/{token_of(old, letter_id)}")

    assert problems == []
    assert any("replaced the secret key" in one for one in remarks)
    assert page.status_code == 303
    with pytest.raises(LinkSecretChangedError):
        token_of(database, letter_id)


def test_rotated_twice_everything_still_compares(old, started, letter_id):
    database = started(NEW, OLD)
    act(database, invitations.replace_links, letter_id, ANNA)
    database = started(NEWEST, NEW, OLD)
    act(database, invitations.replace_links, letter_id, ANNA)

    assert found_in(database, letter_id) == ([], [])
    assert len(changes(database, letter_id)) == 2
    problems, remarks = found_in(started(NEWEST, NEW), letter_id)
    assert problems == []
    assert len([one for one in remarks if "replaced the secret key" in one]) == 1


def test_two_processes_that_start_at_once_record_one_change(old, started, letter_id):
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: started(NEW, OLD), range(4)))

    assert len(changes(opened[0], letter_id)) == 1
    with opened[0].reading() as session:
        current = session.query(InstanceKey).filter_by(name="secret", until=None).one()
    assert current.fingerprint == fingerprint(NEW)


# --- processes that have other secrets -------------------------------------------------------------------------------


def test_a_process_that_knows_both_makes_with_the_one_on_record(old, started, letter_id):
    prepared = started(OLD, NEW)
    sign_in_before = prepared.tokens.sign_in_links("nonce")[0]
    started(NEW, OLD)

    act(prepared, invitations.replace_links, letter_id, ANNA)

    assert sign_in_before == Tokens((OLD,)).sign_in_links("nonce")[0]
    assert token_of(prepared, letter_id) == Tokens((NEW,)).links(link_ids(prepared, letter_id)[0])[0]
    assert found_in(started(NEW), letter_id)[0] == []


def test_a_process_that_was_left_running_with_the_old_one_alone_writes_nothing_more(old, started, letter_id):
    database = started(NEW, OLD)

    for what in (lambda: act(old, invitations.replace_links, letter_id, ANNA), lambda: take_in(old)):
        with pytest.raises(WrongKeyError):
            what()
    assert found_in(database, letter_id) == ([], [])


def test_a_new_secret_without_the_one_on_record_starts_nothing(old, started, letter_id):
    with pytest.raises(WrongKeyError, match="flask keys replace secret --lost"):
        started(NEW)


# --- by command, and when it is over ---------------------------------------------------------------------------------


def command(settings, *words: str, code: int = 0) -> str:
    read_anew()
    done = create_app(settings).test_cli_runner().invoke(args=list(words))
    assert done.exit_code == code, done.output
    return done.output


def test_a_secret_in_a_file_is_replaced_by_a_command_without_loss(database, settings):
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)
    before = token_of(database, letter_id)
    [first] = settings.secrets()

    assert "say so: 1." in command(settings, "keys", "replace", "secret")
    read_anew()
    opened = Database(settings)
    sign(opened, letter_id)

    assert key(settings, "secret").read_text().split()[1:] == [first]
    assert token_of(opened, letter_id) == before
    assert found_in(opened, letter_id) == ([], [])
    opened.close()


def test_the_doctor_says_what_still_hangs_on_the_old_secret_and_when_nothing_does(
    settings, old, started, letter_id, later
):
    act(old, codes.send_code, link_ids(old, letter_id)[0], "browser")
    several = under(settings, NEW, OLD)
    assert "is new: it is recorded at the next start" in doctor(several)
    database = started(NEW, OLD)

    said = doctor(several)
    assert "is still needed: without it, 3 active links" in said
    assert "4 waiting emails" in said
    assert "1 codes may still be entered" in said
    assert "Put it first" in doctor(under(settings, OLD, NEW))

    tell(database, letter_id)
    act(database, invitations.replace_links, letter_id, ANNA)
    assert "is still needed: without it, 0 active links" in doctor(several)
    later(hours=13)
    assert f"{fingerprint(OLD)[:8]} is no longer needed" in doctor(several)


def doctor(settings) -> str:
    return create_app(settings).test_cli_runner().invoke(args=["doctor"]).output


def test_words_that_are_too_short_for_secrets_are_one_secret():
    phrase = "a passphrase, of many words, which somebody has set long ago"

    assert Settings(secret_key=phrase).secrets() == (phrase,)
    assert Settings(secret_key=f"{NEW} {OLD}\n{NEW}").secrets() == (NEW, OLD)
    assert Settings(secret_key=f"{NEW} {phrase}").secrets() == (f"{NEW} {phrase}",)


def test_jobs_and_rotation_know_each_other(old, started, letter_id):
    """The worker composes under any secret: every mail that waits can be made."""
    database = started(NEW, OLD)
    leases = act(database, deliveries.claim, letter_id, "test")

    with database.reading() as session:
        made = write_many(session, [lease.delivery_id for lease in leases])
        assert [written.error for written in made.values()] == [None] * 3
        assert [one.letters for one in rotation.replaced(session)] == [1]
