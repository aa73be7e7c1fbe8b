"""The local mailbox: what a mail server says it has taken is on disk, whole, and can be read."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import smtplib
import socket
import stat
import subprocess
import sys
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from emails.mailbox import LARGEST, LocalMailbox, MessageStore, read, received

WHEN = "Mon, 23 Nov 2026 14:02:00 +0100"


def mail(subject: str = "Une lettre à signer", attached: bytes | None = b"%PDF-1.7 \r\n.\r\n") -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"], message["Date"] = "a@b.test", "c@d.test", subject, WHEN
    message.set_content("Chère collègue,\n.\nmerci.\n", cte="8bit")
    message.add_alternative("<p>Chère collègue,</p>", subtype="html")
    if attached is not None:
        message.add_attachment(attached, maintype="application", subtype="pdf", filename="lettre.pdf")
    return message.as_bytes()


def post(mailbox: LocalMailbox, content: bytes, *recipients: str) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, local_hostname="test", timeout=10) as smtp:
        smtp.sendmail("us@example.org", recipients or ("office@example.test",), content)


def test_a_mail_is_read_back_with_its_envelope_and_all_its_parts(tmp_path: Path) -> None:
    with LocalMailbox(tmp_path / "mailbox") as mailbox:
        post(mailbox, mail(), "office@example.test", "clerk@example.test")
    (got,) = received(tmp_path / "mailbox")
    assert (got.number, got.sender) == (1, "us@example.org")
    assert got.recipients == ("office@example.test", "clerk@example.test")
    assert got.subject == "Une lettre à signer"
    assert got.date == datetime(2026, 11, 23, 13, 2, tzinfo=UTC)
    assert abs((datetime.now(UTC) - got.received_at).total_seconds()) < 60
    assert got.text == "Chère collègue,\n.\nmerci.\n"
    assert got.html == "<p>Chère collègue,</p>\n"
    assert [(part.filename, part.media_type, part.content) for part in got.attachments] == [
        ("lettre.pdf", "application/pdf", b"%PDF-1.7 \r\n.\r\n")
    ]


def test_the_bytes_are_kept_as_they_came(tmp_path: Path) -> None:
    content = mail("Ünïcode") + b"..\r\n.x\r\n\0\xff\r\n"
    with LocalMailbox(tmp_path) as mailbox:
        post(mailbox, content)
    assert received(tmp_path)[0].raw == content == (tmp_path / "000001.eml").read_bytes()


def test_mails_are_listed_oldest_first_and_read_by_number(tmp_path: Path) -> None:
    store = MessageStore(tmp_path)
    numbers = [store.put(mail(f"Letter {n}"), "a@b.test", ["c@d.test"]) for n in range(1, 12)]
    assert numbers == [got.number for got in received(tmp_path)] == list(range(1, 12))
    assert read(tmp_path, 10).subject == "Letter 10"
    assert read(tmp_path, 12) is None
    assert MessageStore(tmp_path).put(mail(), "", []) == 12


def test_a_list_of_mails_reads_no_more_than_their_heads(tmp_path: Path) -> None:
    MessageStore(tmp_path).put(mail("Long", attached=b"x" * 1_000_000), "a@b.test", ["c@d.test"])
    (got,) = received(tmp_path)
    assert (got.subject, got.date.year) == ("Long", 2026)
    assert len(got._head.as_bytes()) < 1000
    assert "_message" not in vars(got)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"no head at all",
        b"Subject: x",
        b"Date: never\r\n\r\nhello",
        b"\xff\xfe: \0\r\n\r\n\xff",
        b"\r\r\n",
    ],
)
def test_a_mail_that_is_hardly_one_is_still_kept_and_shown(tmp_path: Path, content: bytes) -> None:
    MessageStore(tmp_path).put(content, "", ["c@d.test"])
    (got,) = received(tmp_path)
    assert got.raw == content
    assert isinstance(got.subject + got.text + got.html, str)
    assert got.date is None
    assert got.attachments == ()


def _put_many(folder: Path, who: str) -> None:
    store = MessageStore(folder)
    for n in range(60):
        store.put(f"Subject: {who} {n}\r\n\r\n".encode(), f"{who}@b.test", [f"{n}@d.test"])


def test_processes_that_write_into_one_folder_never_take_the_same_number(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_put_many, args=(tmp_path, who)) for who in ("one", "two", "three")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    got = received(tmp_path)
    assert [m.number for m in got] == list(range(1, 181))
    assert {(m.subject, m.sender, m.recipients[0]) for m in got} == {
        (f"{who} {n}", f"{who}@b.test", f"{n}@d.test") for who in ("one", "two", "three") for n in range(60)
    }


def test_a_half_written_mail_is_not_there(tmp_path: Path) -> None:
    MessageStore(tmp_path).put(mail("Whole"), "a@b.test", ["c@d.test"])
    (tmp_path / "000002.json").write_text(json.dumps({"sender": "", "recipients": []}))
    (tmp_path / ".half.part").write_bytes(b"Subject: Ha")
    assert [got.subject for got in received(tmp_path)] == ["Whole"]
    assert MessageStore(tmp_path).put(mail(), "", []) == 3


def test_a_mail_is_on_disk_before_the_answer_even_when_the_process_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom emails.mailbox import LocalMailbox\n"
        "mailbox = LocalMailbox(Path(sys.argv[1])); mailbox.start(); print(mailbox.port, flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    mailbox = LocalMailbox(tmp_path, port=int(server.stdout.readline()))
    post(mailbox, mail("Kept"))
    server.kill()
    server.communicate()
    assert [got.subject for got in received(tmp_path)] == ["Kept"]


def test_a_mail_has_its_name_only_once_it_is_synced_and_its_folder_is_synced_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, list[str]]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        file = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((file.suffix, [path.name for path in tmp_path.glob("*.eml")]))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    MessageStore(tmp_path).put(mail(), "a@b.test", ["c@d.test"])
    assert synced == [(".part", []), (".part", []), ("", ["000001.eml"])]


def test_a_folder_that_cannot_be_written_defers_the_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mailbox"
    with LocalMailbox(folder) as mailbox:
        folder.rename(tmp_path / "elsewhere")
        with pytest.raises(smtplib.SMTPDataError) as refused:
            post(mailbox, mail())
        (tmp_path / "elsewhere").rename(folder)
        post(mailbox, mail("Second attempt"))
    assert refused.value.smtp_code == 452
    assert [got.subject for got in received(folder)] == ["Second attempt"]


def test_a_mail_over_the_limit_is_refused_and_not_kept(tmp_path: Path) -> None:
    with LocalMailbox(tmp_path) as mailbox, smtplib.SMTP("127.0.0.1", mailbox.port, "test", 30) as smtp:
        smtp.ehlo()
        assert smtp.esmtp_features["size"] == str(LARGEST)
        assert smtp.mail("a@b.test", [f"SIZE={LARGEST + 1}"])[0] == 552
        smtp.mail("a@b.test")
        smtp.rcpt("c@d.test")
        assert smtp.data(b"x" * 70 + b"\r\n" + (b"x" * 998 + b"\r\n") * 27_000)[0] == 552
    assert received(tmp_path) == []


def test_it_listens_on_this_machine_alone_and_says_where(tmp_path: Path) -> None:
    with LocalMailbox(tmp_path) as mailbox:
        assert mailbox.url == f"smtp://127.0.0.1:{mailbox.port}?starttls=never"
        assert mailbox.port > 0
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", mailbox.port), 2)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", mailbox.port), 2)
    mailbox.stop()


def test_it_starts_again_on_its_port(tmp_path: Path) -> None:
    mailbox = LocalMailbox(tmp_path)
    for n in (1, 2):
        mailbox.start()
        mailbox.start()
        post(mailbox, mail())
        mailbox.stop()
        assert len(received(tmp_path)) == n


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with LocalMailbox(tmp_path) as mailbox, pytest.raises(OSError, match="another port") as refused:
        LocalMailbox(tmp_path, mailbox.port).start()
    assert refused.value.errno == errno.EADDRINUSE


def test_nobody_else_on_the_machine_reads_the_mails(tmp_path: Path) -> None:
    with LocalMailbox(tmp_path / "mailbox") as mailbox:
        post(mailbox, mail())
    assert stat.S_IMODE((tmp_path / "mailbox").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "mailbox").iterdir()} == {0o600}
