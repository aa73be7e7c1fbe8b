"""What different people hold, compared: whether it belongs to one history, and the proof when not."""

from __future__ import annotations

import base64
import email
import email.policy
import os
import time
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart

import pytest
import sqlalchemy as sa

from config.settings import Settings
from tests.support.evidence import receipts_of
from tests.support.factories import mails, open_sign_off, sign, take_in
from workflow import comparing, merkle
from workflow.history import common
from workflow.mails.writing import write
from workflow.models import Checkpoint, CommonCheckpoint, CommonEntry
from workflow.verify.tree import is_continued
from workflow.witnesses.heads_file import HeadsFile
from wsgi import create_app


@pytest.fixture
def letter(database):
    """A letter that one has signed; three heads of the log over all letters."""
    found = take_in(database, 3)
    common.sequence(database)
    open_sign_off(database, found)
    common.sequence(database)
    sign(database, found)
    take_in(database)
    common.sequence(database)
    return found


def compared(database, *files: bytes, vkeys=()):
    with database.reading() as session:
        return comparing.compare([(f"file{n}", content) for n, content in enumerate(files, 1)], session, vkeys)


def notes(database, table=CommonCheckpoint) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(sa.select(table.note).order_by(table.size)))


def resigned(database, origin: str, size: int, root: bytes) -> bytes:
    """What whoever has the key can sign."""
    text = merkle.Checkpoint(origin, size, root).to_text()
    return merkle.sign_note(text, origin.partition("/letters/")[0], database.settings.history_seed()).encode()


def forwarded(content: bytes, how: str) -> bytes:
    """A mail as people forward it: as an attachment, packed though it may not be, or as a file."""
    whole = MIMEMultipart()
    whole["Subject"] = "Fwd: as it came"
    if how == "attached":
        message = EmailMessage()
        message.set_content("See below.")
        message.add_attachment(email.message_from_bytes(content, policy=email.policy.default))
        return message.as_bytes()
    if how == "packed":
        part = MIMEBase("message", "rfc822")
        part._payload = base64.encodebytes(content).decode()
        part["Content-Transfer-Encoding"] = "base64"
        part.get_payload = lambda *given: part._payload
        boundary = "=_x"
        return (
            f'Subject: Fwd\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'
            f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{part._payload}\r\n"
            f"--{boundary}--\r\n"
        ).encode()
    file = MIMEApplication(content)
    file.add_header("Content-Disposition", "attachment", filename="as it came.EML")
    whole.attach(file)
    return whole.as_bytes()


def test_all_that_people_hold_of_one_history_belongs_to_it(database, letter, tmp_path):
    [receipt] = receipts_of(database, letter)
    with database.reading() as session:
        [invitation, *_] = [write(session, one) for one in mails(database, letter, "invitation")]
        proof = common.proof(session, letter).proof
    heads, checkpoints = notes(database), notes(database, Checkpoint)
    file = tmp_path / "heads.txt"
    file.touch()
    for note in heads[:2]:
        HeadsFile(file)._append(note, file.read_bytes())
    parsed = email.message_from_bytes(receipt, policy=email.policy.default)
    [attached] = [part.get_content() for part in parsed.walk() if str(part.get_filename()).endswith("tlog-proof")]

    found = compared(
        database,
        receipt,
        invitation,
        *(forwarded(receipt, how) for how in ("attached", "packed", "file")),
        attached if isinstance(attached, bytes) else attached.encode(),
        proof.encode(),
        checkpoints[0].encode(),
        heads[0].replace("\n", "\r\n").encode(),
        file.read_bytes(),
    )

    assert (found.exit_code, found.unusable) == (0, []), found.to_text()
    assert found.agreeing == 2 + 1 + 3 * 2 + 1 + 1 + 1 + 1 + 2
    said = found.to_text()
    assert f"file1, proof.tlog-proof: a checkpoint of {database.settings.host}/letters/{letter}" in said
    assert "and proves entry" in said
    assert "the 4 of this database continue it" in said
    assert "ONE HISTORY: 15 notes from outside, and this database." in said


def test_two_roots_of_one_size_are_shown_with_both_notes(database, letter):
    head = notes(database)[1]
    origin, size = head.split("\n")[:2]
    forged = resigned(database, origin, int(size), bytes(32))

    for found in (compared(database, forged), compared(database, head.encode(), forged)):
        assert found.exit_code == 2
        assert forged.decode() in found.diverged[0]
        assert head in found.diverged[0]
        assert "one size, 2, and two roots" in found.diverged[0]


@pytest.mark.parametrize("of", ["head", "letter"])
def test_a_note_that_this_history_does_not_continue_comes_with_a_proof_that_others_can_check(database, letter, of):
    if of == "head":
        origin, size = notes(database)[0].split("\n")[0], 3
    else:
        origin, size = f"{database.settings.host}/letters/{letter}", 5
    table, own = (CommonCheckpoint, 4) if of == "head" else (Checkpoint, None)
    with database.writing() as session:
        session.execute(sa.text("DELETE FROM common_checkpoints WHERE size = 3"))
        session.execute(sa.delete(table).where(table.size == size))
    forged = resigned(database, origin, size, bytes(range(32)))

    found = compared(database, forged)

    assert found.exit_code == 2
    [said] = found.diverged
    theirs, ours = said.split("\n--- ")[1:3]
    root, *path = (base64.b64decode(line) for line in said.split("root above:\n")[1].split("\n")[:-1])
    larger, its_root = ours.split("\n")[2], base64.b64decode(ours.split("\n")[3])
    assert forged.decode() in theirs + "\n"
    assert own is None or int(larger) == own
    assert root != bytes(range(32))
    assert is_continued(size, root, int(larger), its_root, path)


def test_a_database_that_knows_less_than_what_people_hold_is_not_that_history(database, letter):
    newest, [receipt] = notes(database)[-1], receipts_of(database, letter)
    with database.writing() as session:
        session.execute(sa.delete(CommonEntry).where(CommonEntry.position >= 2))
        session.execute(sa.delete(CommonCheckpoint).where(CommonCheckpoint.size > 2))
    found = compared(database, newest.encode())
    assert (found.exit_code, len(found.invalid)) == (1, 1)
    assert "this database has 2. It was cut short, or an older backup was restored." in found.invalid[0]

    found = compared(database, receipt)
    assert (found.agreeing, len(found.invalid)) == (1, 1), "the letter's own log is whole"
    changed = notes(database, Checkpoint)[0].replace("\n4\n", "\n5\n").encode()
    assert "its signature does not hold" in compared(database, changed).unusable[0]
    gone = resigned(database, f"{database.settings.host}/letters/{'0' * 32}", 7, bytes(32))
    assert "this database has no such log" in compared(database, gone).to_text()


def test_a_letter_that_was_rewritten_contradicts_what_the_heads_are_over(database, letter):
    """No receipt is at hand, but a head and a checkpoint of the rewritten log: its stored entry betrays it."""
    with database.writing() as session:
        _unguard(session)
        session.execute(
            sa.update(CommonEntry)
            .where(CommonEntry.letter_id == letter, CommonEntry.position == 0)
            .values(entry=bytes(32))
        )
    with database.reading() as session:
        newest = session.scalars(sa.select(Checkpoint.note).where(Checkpoint.letter_id == letter)).first()
    found = compared(database, newest.encode())
    assert found.exit_code == 1
    assert "Entry 0 of the log over all letters is of other entries" in found.invalid[0]


def _unguard(session) -> None:
    from tests.attacks.test_columns import unguarded

    unguarded(session)


def test_without_a_database_notes_are_compared_with_each_other(database, letter):
    head = notes(database)[-1]
    origin, size = head.split("\n")[:2]
    forged = resigned(database, origin, int(size), bytes(32))
    vkeys = [merkle.verifier_key("any", database.settings.history_seed())]
    files = [("a", head.encode()), ("b", forged), ("c", notes(database)[0].encode())]

    assert comparing.compare(files, None, vkeys).exit_code == 2
    agreeing = comparing.compare([files[0], files[2]], None, vkeys)
    assert (agreeing.exit_code, agreeing.verdict[:16]) == (0, "NO CONTRADICTION")
    assert comparing.compare(files, None).exit_code == 3


HOSTILE = {
    "nothing": b"",
    "zeros": bytes(100_000),
    "no mail": b"Dear all,\n\nsee you.\n",
    "zip": b"PK\x03\x04 evidence",
    "cut": b"a/log\n3\nAAAA",
    "head that is none": b"Undersigned-Head: ====\n\nx",
    "head of nothing": b"Undersigned-Head: " + base64.b64encode(b"x\n") + b"\n\nx",
    "many heads": b"Undersigned-Head: eHh4\n" * 20_000 + b"\nx",
    "boundaries": b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(5000)),
    "few boundaries, many lines": b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(150)
    )
    + b"-\n" * 2_000_000,
    "mails in mails": b"Content-Type: message/rfc822\n\n" * 20_000,
    "a header without end": b"Subject: " + b"x" * 5_000_000,
    "folded without end": b"Subject: x\n" + b" y\n" * 1_000_000,
    "notes without signatures": b"a/log\n1\nAAAA\n\n" * 100_000,
    "signatures without end": ("a/log\n1\nAAAA\n\n" + "— a/log AAAA\n" * 100_000).encode(),
    "a long number": b"a/log\n" + b"9" * 100_000 + b"\nAAAA\n\n\xe2\x80\x94 a/log AAAA\n",
    "a proof of nothing": b"c2sp.org/tlog-proof@v1\nindex 5\n" + b"A\n" * 100_000,
    "another charset": b'Content-Type: message/rfc822; charset="none"\nContent-Transfer-Encoding: base64\n\n=?x?q?=\n',
    "a name in a charset": b"Content-Disposition: attachment; filename*=nothing''%E2.tlog-proof\n\nx",
    "random": os.urandom(200_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_sentence_and_takes_no_time(name):
    vkey = merkle.verifier_key("a", bytes(32))
    began = time.process_time()
    found = comparing.compare([("hostile", HOSTILE[name])], None, [vkey])

    assert time.process_time() - began < 3
    assert (found.exit_code, len(found.unusable)) == (3, 1)
    assert found.unusable[0].startswith("hostile")
    assert len(found.to_text()) < 2000


def test_the_command_says_it_and_ends_as_the_verifier_does(database, letter, tmp_path):
    head = notes(database)[1]
    origin, size = head.split("\n")[:2]
    (tmp_path / "head.txt").write_text(head)
    (tmp_path / "forged.txt").write_bytes(resigned(database, origin, int(size), bytes(32)))
    (tmp_path / "none.txt").write_text("nothing\n")

    def run(*names: str):
        runner = create_app(database.settings, database).test_cli_runner()
        done = runner.invoke(args=["history", "compare", *(str(tmp_path / name) for name in names)])
        return done.exit_code, done.output

    assert run("head.txt")[0] == 0
    assert "ONE HISTORY: 1 note from" in run("head.txt")[1]
    assert run("head.txt", "forged.txt")[0] == 2
    assert run("head.txt", "none.txt")[0] == 3
    with database.writing() as session:
        _unguard(session)
        session.execute(sa.delete(CommonEntry))
    assert run("head.txt")[0] == 1


def test_where_there_is_no_database_none_is_made(tmp_path):
    (tmp_path / "none.txt").write_text("nothing\n")
    settings = Settings(instance=tmp_path / "instance")
    done = create_app(settings).test_cli_runner().invoke(args=["history", "compare", str(tmp_path / "none.txt")])
    assert done.exit_code == 3
    assert not (tmp_path / "instance" / "undersigned.db").exists()
