"""The mailbox to which mails come back, read from a real Dovecot; and the pipe of a mail server."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from config.settings import Settings
from emails import imap
from emails.imap import MailboxError
from tests.support import dovecot, returned
from tests.support.dovecot import Dovecot
from tests.support.factories import open_sign_off, take_in, tell
from tests.support.incoming import ADDRESSES, come, mails, reads_mail, reply_to, return_path
from tests.support.machine import free_port
from tests.support.shell import ROOT
from workflow.campaigns import incoming
from workflow.commands.doctor import _about_mailbox
from workflow.jobs import mailbox
from workflow.models import Delivery, RateLimitCounter
from workflow.trouble import DOWN
from wsgi import create_app


@pytest.fixture(scope="module")
def imap_server(authority):
    """The server of this run."""
    if dovecot.program() is None:
        pytest.skip(dovecot.MISSING)
    server = Dovecot(authority)
    yield server
    server.stop()


@pytest.fixture
def inbox(imap_server, database):
    """An instance with a mailbox that is empty."""
    imap_server.empty()
    reads_mail(database)
    database.settings = database.settings.model_copy(update={"imap": imap_server.url})
    return imap_server


@pytest.fixture
def asked(inbox, database):
    """The invitation of one organisation, which its mail server has taken."""
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    tell(database, letter_id)
    return mails(database, "invitation")[0]


def failed(database, delivery) -> bytes:
    return returned.dsn(
        words="It failed.", action="failed", status="5.1.1", diagnostic="smtp; 550 5.1.1 No such user",
        who=delivery.address, to=return_path(database, delivery),
    )  # fmt: skip


def state(database, delivery) -> str:
    with database.reading() as session:
        return session.get_one(Delivery, delivery.id).state


def read(database) -> dict[str, int]:
    """Read it once more, though it was read just now."""
    with database.writing() as session:
        turn = session.get(RateLimitCounter, mailbox.TURN)
        if turn is not None:
            turn.expires_at = 0
    return mailbox.read_mailbox(database)


def test_what_comes_back_is_read_and_put_aside_and_what_is_not_ours_is_left(database, inbox, asked):
    bounce = failed(database, asked)
    stranger = returned.written("Hello", "Who are you?", to="letters@example.org")
    inbox.put(bounce, returned.written(to=reply_to(database, asked)), stranger, bounce)

    assert read(database) == {"returned": 1, "reply": 1, "unknown": 1, "seen": 1}

    assert state(database, asked) == "bounced"
    assert (inbox.count("INBOX"), inbox.count("INBOX.Undersigned")) == (1, 3)
    assert read(database) == {}
    assert inbox.count("INBOX") == 1


def test_a_process_that_ends_in_between_reads_the_rest_again_and_nothing_counts_twice(
    database, inbox, asked, monkeypatch
):
    inbox.put(failed(database, asked), returned.written(to=reply_to(database, asked)))
    aside = imap.Session.put_aside

    def ends(session, uid):
        raise SystemExit

    monkeypatch.setattr(imap.Session, "put_aside", ends)
    with pytest.raises(SystemExit):
        mailbox.read_mailbox(database)
    assert state(database, asked) == "bounced"
    assert inbox.count("INBOX") == 2

    monkeypatch.setattr(imap.Session, "put_aside", aside)
    assert read(database) == {"seen": 1, "reply": 1}
    assert inbox.count("INBOX") == 0


def test_what_cannot_be_committed_stays_in_the_mailbox(database, inbox, asked, monkeypatch):
    inbox.put(failed(database, asked))
    with monkeypatch.context() as broken:
        broken.setattr(incoming, "take_in", lambda session, arrived: (_ for _ in ()).throw(RuntimeError("broken")))
        assert mailbox.read_mailbox(database) == {"unknown": 1}
    assert inbox.count("INBOX") == 1
    assert state(database, asked) == "accepted"
    assert read(database) == {}, "what broke it is kept, and not read for ever"


def test_a_mail_that_the_server_cannot_give_holds_up_no_other(database, inbox, asked, monkeypatch):
    inbox.put(returned.written(to=reply_to(database, asked)), failed(database, asked))
    fetch, given = imap.Session.fetch, []

    def fetched(session, uid):
        given.append(uid)
        if uid == given[0]:
            with imap._told(session.mailbox):
                session._ask("UID", "FETCH", uid, "(NONSENSE)")
        return fetch(session, uid)

    monkeypatch.setattr(imap.Session, "fetch", fetched)
    read(database)

    assert state(database, asked) == "bounced"
    assert (inbox.count("INBOX"), inbox.count("INBOX.Undersigned")) == (1, 1)


def test_of_twenty_megabytes_the_first_are_read_and_they_are_put_aside_like_any(database, inbox, asked, monkeypatch):
    inbox.put(failed(database, asked) + b"\n" + b"x" * 20_000_000)
    fetch, sizes = imap.Session.fetch, []

    def fetched(session, uid):
        found = fetch(session, uid)
        sizes.append((len(found.content), found.is_whole))
        return found

    monkeypatch.setattr(imap.Session, "fetch", fetched)

    assert read(database) == {"returned": 1}
    assert sizes == [(imap.LARGEST, False)]
    assert (inbox.count("INBOX"), inbox.count("INBOX.Undersigned")) == (0, 1)


def test_two_workers_take_turns(database, inbox, asked):
    inbox.put(*(returned.written(words=f"Word {number}", to=reply_to(database, asked)) for number in range(5)))
    counted = []
    workers = [threading.Thread(target=lambda: counted.append(mailbox.read_mailbox(database))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert sorted(map(bool, counted)) == [False, False, True]
    assert len(mails(database, "heard")) == 1
    assert not mailbox.is_due(database)


def test_a_wrong_password_or_certificate_is_said_without_the_password(database, inbox, tmp_path, caplog):
    wrong = inbox.url.replace("%3A1", "%3A2")
    with pytest.raises(MailboxError, match="says no") as said, imap.Session(imap.Mailbox.parse(wrong)):
        pass
    assert "secret" not in str(said.value)
    from tests.support.failing_mail_server import Authority

    elsewhere = Authority(tmp_path)
    other = inbox.url.rpartition("?")[0] + f"?ca={elsewhere.file}"
    with pytest.raises(MailboxError, match="certificate"), imap.Session(imap.Mailbox.parse(other)):
        pass
    database.settings = database.settings.model_copy(update={"imap": wrong})
    assert mailbox.read_mailbox(database) == {}


def test_more_than_one_answer_of_the_server_holds_is_found_piece_by_piece_the_oldest_first(database, inbox, asked):
    """One answer to a search is one line: of 140,000 mails it would be longer than a line may be."""
    inbox.put(*(returned.written(words=f"{number}", to="letters@example.org") for number in range(7)))
    with pytest.MonkeyPatch.context() as small:
        small.setattr(imap, "PIECE", 2)
        with imap.Session(imap.Mailbox.parse(inbox.url)) as session:
            found = session.waiting(9)
            assert [len(found), len(set(found)), found == sorted(found, key=int)] == [7, 7, True]
            for uid in found[1:4]:
                session.look_away(uid)
            assert session.waiting(9) == [found[0], *found[4:]]
            assert session.waiting(3) == [found[0], *found[4:6]]
    with imap.Session(imap.Mailbox.parse(inbox.url)) as session:
        asked_for = []
        say = session._ask
        session._number = 1_400_000
        session._ask = lambda *words: asked_for.append(words[2].partition(" ")[0]) or say(*words) * 0
        assert session.waiting(200) == []
        assert (asked_for[0], asked_for[-1], len(asked_for)) == ("1:10000", "1390001:*", 140)


def test_the_doctor_signs_in_to_the_mailbox_and_touches_nothing(database, inbox, asked):
    from tests.attacks.test_doctor import doctor

    inbox.put(failed(database, asked))
    known = database.settings
    ours = f"127.0.0.1:{inbox.port}/INBOX"

    def said(url: str, **more: str) -> str:
        looked = _about_mailbox(known.model_copy(update={"imap": url, **more}))
        return "\n".join(f"{level:<8} {sentence}" for level, sentence in looked)

    assert (
        f"ok       The mailbox {ours} can be read (emails that wait: 1)."
        in doctor(known.model_copy(update={"imap": inbox.url}))[1]
    )
    assert read(database) == {"returned": 1}, "it was neither moved nor marked"
    wrong = said(inbox.url.replace("%3A1", "%3A2"))
    assert f"error    {ours} says no: " in wrong and "secret" not in wrong
    beyond = said(inbox.url.replace("%3A1", "%C3%BC"))
    assert f"error    {ours} says no: " in beyond
    assert "can’t be reached" in said(inbox.url.replace(str(inbox.port), str(free_port())))
    assert "can’t be reached" in said(inbox.url.replace(str(inbox.port), str(inbox.plain))), "no TLS there"
    assert "certificate" in said(inbox.url.rpartition("?")[0])
    assert "/Elsewhere says no" in said(inbox.url.replace("/INBOX", "/Elsewhere"))
    assert "Nothing comes to the mailbox" in said(inbox.url, bounces="", replies="")
    assert "pipes it" in said("")


@pytest.mark.parametrize(
    "value",
    ["imap://a:b@mail.example.org/INBOX", "pop3://a:b@x.example", "imaps://mail.example.org", "imaps://a:b@x/\x00"],
)
def test_a_mailbox_that_gives_its_password_away_or_cannot_be_is_refused(value):
    with pytest.raises(ValueError, match="must|cannot"):
        Settings(imap=value)


# --- the pipe ---------------------------------------------------------------------------------------------------------


def as_documented(folder: Path) -> Path:
    """The script that a mail server pipes to, out of the documentation, for this instance."""
    found = re.search(r"```sh\n(.*?)```", (ROOT / "docs/mailbox.md").read_text(), re.DOTALL)
    settings = folder / "undersigned.env"
    settings.write_text("UNDERSIGNED_BOUNCES='' UNDERSIGNED_REPLIES=''\n")
    made = folder / "take-in"
    flask = f"{sys.executable} -m flask --app wsgi"
    script = found[1].replace("/etc/undersigned.env", str(settings)).replace(".venv/bin/flask", flask)
    made.write_text(script.replace("/srv/undersigned", str(ROOT)))
    made.chmod(0o700)
    return made


def pipe(
    settings: Settings, content: bytes, *recipients: str, command: list[str] | None = None
) -> subprocess.CompletedProcess:
    given = {
        "PATH": "/usr/bin:/bin",
        "UNDERSIGNED_INSTANCE": str(settings.instance),
        "UNDERSIGNED_DATABASE_URL": settings.database_url,
        "UNDERSIGNED_BOUNCES": ADDRESSES["bounces"],
        "UNDERSIGNED_REPLIES": ADDRESSES["replies"],
    }
    options = [word for address in recipients for word in ("--recipient", address)]
    command = command or [sys.executable, "-m", "flask", "--app", "wsgi", "mail", "bounce", *options]
    return subprocess.run(command, input=content, capture_output=True, env=given, cwd=ROOT, timeout=120, check=False)


def test_a_mail_server_pipes_what_comes_back(database):
    reads_mail(database)
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    tell(database, letter_id)
    (asked,) = mails(database, "invitation")
    bounce = failed(database, asked)

    done = pipe(database.settings, bounce.replace(b"\nTo: ", b"\nX-Was-To: "), return_path(database, asked))
    assert (done.returncode, done.stdout) == (0, b"returned\n")
    assert state(database, asked) == "bounced"


def test_a_mail_server_keeps_what_comes_back_while_the_database_is_away_or_the_settings_are(tmp_path):
    settings = Settings(instance=tmp_path, database_url="postgresql://nobody@127.0.0.1:1/nothing", **ADDRESSES)
    content = returned.written()

    away = create_app(settings).test_cli_runner().invoke(args=["mail", "bounce"], input=content)
    assert (away.exit_code, DOWN in away.output) == (75, True)
    bare = pipe(settings, content, command=[as_documented(tmp_path), "bounces+tag.id@example.org"])
    assert (bare.returncode, b"Neither UNDERSIGNED_BOUNCES" in bare.stderr) == (75, True), "it would lose what comes"


def test_a_mail_that_comes_back_before_its_answer_is_recorded_is_asked_for_again(database):
    from tests.support.factories import act
    from tests.support.mailing import claim_all, mark

    reads_mail(database)
    letter_id = take_in(database, 1)
    open_sign_off(database, letter_id)
    (lease,) = claim_all(database, letter_id)
    act(database, mark, lease)
    (asked,) = mails(database, "invitation")

    with pytest.raises(incoming.TooEarlyError):
        come(database, failed(database, asked))
