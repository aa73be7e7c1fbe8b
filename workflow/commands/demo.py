"""`flask demo`: a whole life of a letter on a fresh embedded database, over real HTTP and real SMTP."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import subprocess
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from config.settings import Settings
from emails import mailbox
from emails.mailbox import ReceivedMail
from workflow import accounts, history, imports, verify
from workflow.campaigns import lookup, printing
from workflow.campaigns.roster import roster
from workflow.commands.browser import Browser, PageError
from workflow.commands.context import sentences
from workflow.commands.demo_life import COORDINATOR, DemoFailedError, Life, Story, wait
from workflow.commands.letters import keep
from workflow.commands.service import EXAMPLE, serve
from workflow.database import Database
from workflow.history import evidence
from workflow.imports import ImportedLetter
from workflow.letter import text
from workflow.mails import office
from workflow.models import Document, Letter


@click.command("demo")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True)
@with_appcontext
@sentences
def demo(file: Path | None, out: Path) -> None:
    """Run a letter (default: the example) end to end and save the results in a folder."""
    story = Story(time.monotonic())
    out.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="undersigned-demo-") as folder:
            _run(file or EXAMPLE, out, Path(folder), story)
    except (DemoFailedError, PageError) as error:
        raise click.ClickException(f"The demo stopped: {error}") from error
    story.tell(f"Done. See {out}/: letter.docx, mail/, evidence.zip, summary.json")


def _run(file: Path, out: Path, folder: Path, story: Story) -> None:
    port = _free_port()
    settings = Settings(
        instance=folder / "instance", public_url=f"http://127.0.0.1:{port}", database_url="", smtp_url=""
    )
    database = Database(settings)
    database.migrate()
    read = _read(file, story)
    with database.writing() as session:
        accounts.user(session, COORDINATOR, "Alex Doe", admin=True).organisation = "Example Coalition"
        letter_id = keep(session, read)
    with _serving(settings, port, folder) as server:
        life = Life(settings, database, letter_id, story)
        life.run()
        # All is done: it says goodbye to its jobs while what they made is read.
        server.terminate()
        _leave(life, out)
    database.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _read(file: Path, story: Story) -> ImportedLetter:
    read = imports.read(file.read_bytes(), file.name)
    story.tell(
        f"Imported {file.name}: {len(read.cosigners)} co-signers, {len(text.paragraphs(read.letter.body))} paragraphs."
    )
    for sentence in read.recognised:
        click.echo(f"       {sentence}")
    if not read.cosigners:
        raise DemoFailedError(f"{file.name} names no signatories, so there is nobody to sign. Add them to the letter.")
    if not read.letter.recipients:
        raise DemoFailedError(f"{file.name} has no recipient, so there is nobody to send it to. Add one to the letter.")
    return _with_addresses(read)


def _with_addresses(read: ImportedLetter) -> ImportedLetter:
    """Give whoever lacks an address one under example.org."""
    recipients = tuple(
        replace(recipient, email=recipient.email or f"office-{number}@example.org")
        for number, recipient in enumerate(read.letter.recipients, 1)
    )
    cosigners = tuple(
        replace(
            cosigner, email=cosigner.email or f"{_slug(cosigner.acronym or cosigner.organisation)}-{number}@example.org"
        )
        for number, cosigner in enumerate(read.cosigners, 1)
    )
    return replace(read, letter=replace(read.letter, recipients=recipients), cosigners=cosigners)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "contact"


@contextmanager
def _serving(settings: Settings, port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the real server, web and jobs in one process, for the length of the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UNDERSIGNED_")}
    environment |= {"UNDERSIGNED_INSTANCE": str(settings.instance), "UNDERSIGNED_PUBLIC_URL": settings.public_url}
    root = Path(__file__).parent.parent.parent
    with (folder / "server.log").open("w+") as log:
        server = subprocess.Popen(serve(port), cwd=root, env=environment, stdout=log, stderr=log)
        try:
            wait("the server to answer", lambda: _healthy(settings, server))
            yield server
        except BaseException:
            log.seek(0)
            click.echo(log.read()[-4000:], err=True)
            raise
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _healthy(settings: Settings, server: subprocess.Popen[bytes]) -> bool:
    if server.poll() is not None:
        raise DemoFailedError("The server stopped before it answered.")
    try:
        return Browser().get(f"{settings.public_url}/healthz").status == 200
    except PageError:
        return False


# --- what is left ----------------------------------------------------------------------------------------------------


def _leave(life: Life, out: Path) -> None:
    """Write the documents, the mails, the evidence and the summary; raises `DemoFailedError` when they don't agree."""
    with life.database.reading() as session:
        row = session.get_one(Letter, life.letter_id)
        made = printing.renderings(session, row)
        for number, rendering in enumerate(made, 1):
            suffix = "" if number == 1 else f"-{number}"
            (out / f"letter{suffix}.docx").write_bytes(session.get_one(Document, rendering.docx_sha256).content)
            if rendering.pdf_sha256:
                (out / f"letter{suffix}.pdf").write_bytes(session.get_one(Document, rendering.pdf_sha256).content)
        (out / "evidence.zip").write_bytes(evidence.bundle(session, row.id))
        summary = _summary(session, row)
        files = evidence.files(session, row.id)
    received = mailbox.received(life.settings.mailbox)
    _write_mails(received, out / "mail")
    (out / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
    _check(life, summary, received, files, out)
    life.story.tell("The evidence holds, and agrees with every receipt that was emailed.")


def _summary(session: Any, row: Letter) -> dict[str, Any]:
    revision = row.revision
    made, signed = printing.renderings(session, row), roster(session, row).counting
    return {
        "letter": row.id,
        "state": row.state,
        "revision": revision.digest if revision else None,
        "revision_number": revision.number if revision else None,
        "signed": len(signed),
        "declined": sum(invitation.has_declined for invitation in row.invitations),
        "signatories": [" · ".join(signoff.printed().lines) for signoff in signed],
        "docx_sha256": made[0].docx_sha256 if made else None,
        "pdf_sha256": made[0].pdf_sha256 if made else None,
        "deliveries": [
            {"kind": delivery.kind, "to": delivery.address, "state": delivery.state, "message_id": delivery.message_id}
            for delivery in lookup.deliveries_of(session, row.id)
        ],
    }


def _write_mails(received: list[ReceivedMail], folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.eml"):
        old.unlink()
    for mail in received:
        (folder / f"{mail.number:03}-to-{_slug(mail.recipients[0])}.eml").write_bytes(mail.raw)


def _check(
    life: Life, summary: dict[str, Any], received: list[ReceivedMail], files: dict[str, bytes], out: Path
) -> None:
    offices = [d for d in summary["deliveries"] if d["kind"] == office.office.kind]
    letters = [mail for mail in received if mail.recipients[0] in {d["to"] for d in offices}]
    receipts = [raw for mail in received if b".tlog-proof" in (raw := mail.raw)]
    report = verify.verify(files, history.vkey(life.settings), receipts)
    docx = hashlib.sha256((out / "letter.docx").read_bytes()).hexdigest()
    attached = {hashlib.sha256(p.content).hexdigest() for mail in letters for p in mail.attachments}
    wrong = [
        sentence
        for sentence, holds in (
            (f"the letter is {summary['state']}, not sent", summary["state"] == "sent"),
            ("not every organisation's signature counts", summary["signed"] == len(life.people)),
            ("a recipient did not get exactly one letter", len(letters) == len(offices) > 0),
            ("the document in the email is not the stored one", docx in attached and docx == summary["docx_sha256"]),
            ("an email is not accepted", all(d["state"] in ("accepted", "cancelled") for d in summary["deliveries"])),
            (f"the evidence does not hold: {'; '.join(report.problems)}", report.ok),
            ("an email was lost", len(received) >= sum(d["state"] == "accepted" for d in summary["deliveries"])),
        )
        if not holds
    ]
    if wrong:
        raise DemoFailedError("; ".join(wrong))
