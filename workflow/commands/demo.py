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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click
from flask.cli import with_appcontext

from config.settings import Settings
from emails import mailbox
from emails.mailbox import ReceivedMail
from workflow import accounts, history, imports, verify
from workflow.campaigns import lookup, printing
from workflow.campaigns.roster import roster
from workflow.commands.browser import Browser, Page, PageError
from workflow.commands.context import sentences
from workflow.commands.letters import keep
from workflow.commands.service import EXAMPLE, serve
from workflow.database import Database
from workflow.history import evidence
from workflow.imports import ImportedLetter
from workflow.languages import catalogue, known
from workflow.letter import text
from workflow.mails import office
from workflow.models import Document, Letter

COORDINATOR = "coordinator@example.org"
PATIENCE = 90.0
"""How long to wait for what the jobs have to do, in seconds."""

ADDED = {
    "en": "We ask for an answer before the month is out.",
    "fr": "Nous demandons une réponse avant la fin du mois.",
    "es": "Pedimos una respuesta antes de que termine el mes.",
}
T = TypeVar("T")


class DemoFailedError(Exception):
    """Something is not as it should be; the sentence says what."""


@dataclass(slots=True)
class Story:
    """Prints what happens, with the time that has passed."""

    began: float
    number: int = 0

    def tell(self, sentence: str) -> None:
        """Print one step of the story."""
        self.number += 1
        click.echo(f"{self.number:>3}. [{time.monotonic() - self.began:5.1f} s] {sentence}")


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
        accounts.user(session, COORDINATOR, "The coordinator", admin=True)
        letter_id = keep(session, read)
    with _serving(settings, port, folder):
        life = Life(settings, database, letter_id, story)
        life.run()
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
def _serving(settings: Settings, port: int, folder: Path) -> Iterator[None]:
    """Run the real server, web and jobs in one process, for the length of the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UNDERSIGNED_")}
    environment |= {"UNDERSIGNED_INSTANCE": str(settings.instance), "UNDERSIGNED_PUBLIC_URL": settings.public_url}
    root = Path(__file__).parent.parent.parent
    with (folder / "server.log").open("w+") as log:
        server = subprocess.Popen(serve(port), cwd=root, env=environment, stdout=log, stderr=log)
        try:
            _wait("the server to answer", lambda: _healthy(settings, server))
            yield
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


def _wait(what: str, look: Callable[[], T | bool | None]) -> T:
    """Look until something is there; raises `DemoFailedError` when it does not come."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if found:
            return found  # type: ignore[return-value]
        time.sleep(0.1)
    raise DemoFailedError(f"Waited {PATIENCE:.0f} seconds in vain for {what}.")


@dataclass(slots=True)
class Person:
    """A contact of a co-signing organisation, with a browser and a mailbox."""

    organisation: str
    email: str
    name: str
    title: str
    browser: Browser


class Life:
    """A letter's life, step by step; every decision goes over HTTP, by links out of received mails."""

    def __init__(self, settings: Settings, database: Database, letter_id: str, story: Story) -> None:
        self.settings = settings
        self.database = database
        self.letter_id = letter_id
        self.story = story
        self.coordinator = Browser()
        self.page_url = f"{settings.public_url}/letters/{letter_id}"
        with database.reading() as session:
            row = session.get_one(Letter, letter_id)
            self.people = [
                Person(
                    i.organisation.label,
                    i.email,
                    i.signatory or f"Representative of {i.organisation.label}",
                    i.signatory_title,
                    Browser(),
                )
                for i in row.invitations
            ]
            self.language = row.language

    def run(self) -> None:
        """Live it, from the first mail to the copies."""
        self._sign_in()
        self._review()
        self._first_signatures()
        self._revise()
        self._all_sign()
        self._retract_and_sign_again()
        self._approve()
        self._dispatch()

    # --- mails

    def mails(self, address: str, subject: str) -> list[ReceivedMail]:
        """Return what an address has received whose subject begins as this one does in the letter's language."""
        begins = catalogue(known(self.language)).gettext(subject).partition("%(")[0]
        received = mailbox.received(self.settings.mailbox)
        return [mail for mail in received if address in mail.recipients and mail.subject.startswith(begins)]

    def link(self, address: str, subject: str, nth: int = 1) -> str:
        """Wait for a mail and return the link in it."""
        mails = _wait(
            f"an email “{subject}” to {address}", lambda: (found := self.mails(address, subject))[nth - 1 :] and found
        )
        match = re.search(rf"{re.escape(self.settings.public_url)}/(?:s|sign-in)/\S+", mails[nth - 1].text)
        if match is None:
            raise DemoFailedError(f"The email “{mails[nth - 1].subject}” to {address} has no link.")
        return match[0]

    # --- the coordinator

    def _sign_in(self) -> None:
        page = self.coordinator.get(f"{self.settings.public_url}/sign-in")
        self.coordinator.submit(page, "/sign-in", email=COORDINATOR)
        link = self.link(COORDINATOR, "Sign in")
        self.coordinator.submit(self.coordinator.get(link), link.rpartition("/")[2])
        self.story.tell("The coordinator signed in with an emailed link.")

    def _page(self) -> Page:
        return self.coordinator.get(self.page_url)

    def _step(self, noun: str, **given: str) -> None:
        self.coordinator.submit(self._page(), f"/{noun}", **given)

    def _review(self) -> None:
        self._step("circulation")
        self.story.tell("The coordinator sent the letter for review.")
        for number, person in enumerate(self.people):
            page = person.browser.get(self.link(person.email, "Please review: %(title)s"))
            if number == 0:
                said = "Please add by when we want an answer."
                paragraph = str(self._paragraph() + 1)
                page = person.browser.submit(page, "/comments", words=said, paragraph=paragraph)
                self.story.tell(f"{person.organisation} commented on paragraph {paragraph}: “{said}”")
            verdict = "changes_requested" if number == 0 else "ready"
            person.browser.submit(page, "/verdict", verdict=verdict)
        self.story.tell(f"{len(self.people)} organisations opened their links and sent a review.")

    def _paragraph(self) -> int:
        """The paragraph that the revision changes: the last but one, if it is plain text."""
        with self.database.reading() as session:
            blocks = text.paragraphs(session.get_one(Letter, self.letter_id).body)
        plain = [n for n, block in enumerate(blocks) if not re.match(r"[#>\-*+|`]|\d+[.)]|    ", block)]
        if not plain:
            raise DemoFailedError("The letter has no plain paragraph to add a sentence to.")
        return plain[-2] if len(plain) > 1 else plain[-1]

    def _first_signatures(self) -> None:
        self._step("sign-off")
        self.story.tell("The coordinator asked for signatures.")
        for person in self.people[: max(1, len(self.people) // 2)]:
            self._sign(person, person.browser.get(self.link(person.email, "Ready to sign: %(title)s")))
            self.story.tell(f"{person.name} signed for {person.organisation}.")

    def _sign(self, person: Person, page: Page) -> None:
        done = person.browser.submit(
            page, "/answer", choice="sign", name=person.name, title=person.title, authorised="y"
        )
        if not done.url.endswith("/receipt"):
            raise DemoFailedError(f"{person.organisation} signed, but got no receipt page.")

    def _revise(self) -> None:
        self._step("revision", reason="A co-signer asks for a date by which we want an answer.")
        page = self.coordinator.get(f"{self.page_url}/draft")
        body = page.form("/draft").fields["body"].replace("\r\n", "\n")
        block = text.paragraphs(body)[self._paragraph()]
        sentence = ADDED.get(self.language, ADDED["en"])
        self.coordinator.submit(page, "/draft", body=body.replace(block, f"{block} {sentence}", 1))
        self._step("sign-off")
        self.story.tell(f"The coordinator edited the text, adding “{sentence}”, and asked for signatures again.")

    def _all_sign(self) -> None:
        for number, person in enumerate(self.people):
            page = person.browser.get(self.link(person.email, "New version: %(title)s"))
            confirms = number < max(1, len(self.people) // 2)
            if confirms and page.form("/answer").fields.get("choice") != "confirm":
                raise DemoFailedError(f"{person.organisation} was not asked to confirm the changed text.")
            self._sign(person, page)
            self.story.tell(f"{person.organisation} {'confirmed' if confirms else 'signed'} the new version.")

    def _retract_and_sign_again(self) -> None:
        person = self.people[-1]
        page = person.browser.get(self.link(person.email, "Receipt: %(organisation)s has signed"))
        page = person.browser.get(page.url + "/receipt")
        gone = person.browser.submit(page, "/retraction", word="WITHDRAW", reason="Our board has to look again.")
        if "/retraction" in gone.text:
            raise DemoFailedError(f"{person.organisation} withdrew its signature, but the page does not say so.")
        self.story.tell(f"{person.organisation} withdrew its signature.")
        self._sign(person, person.browser.get(page.url.removesuffix("/receipt")))
        self.story.tell(f"{person.organisation} signed a second time.")

    def _approve(self) -> None:
        self._step("approval")
        self.story.tell("The coordinator closed signing.")
        _wait("the documents", self._documents_made)
        self.story.tell("The final documents are ready.")

    def _documents_made(self) -> bool:
        with self.database.reading() as session:
            row = session.get_one(Letter, self.letter_id)
            return len(printing.renderings(session, row)) == len(row.recipients)

    def _dispatch(self) -> None:
        page = self._page()
        for address in re.findall(r'href="(/letters/\w+/documents/\w+)"', page.text):
            document = self.coordinator.get(self.settings.public_url + address)
            if hashlib.sha256(document.body).hexdigest() != address.rpartition("/")[2]:
                raise DemoFailedError(f"The document at {address} is not the one that its name says.")
        self.coordinator.submit(page, "/dispatch", looked="y")
        self.story.tell("The coordinator checked the documents and sent the letter.")
        _wait("every recipient's mail server to accept the letter", lambda: self._state() == "sent")
        self.story.tell("Every recipient's mail server has accepted the letter.")
        _wait("every email to be accepted", self._all_accepted)
        self.story.tell("Each signatory has a copy of what was sent.")

    def _state(self) -> str:
        with self.database.reading() as session:
            return session.get_one(Letter, self.letter_id).state

    def _all_accepted(self) -> bool:
        with self.database.reading() as session:
            found = lookup.deliveries_of(session, self.letter_id)
            return all((delivery.is_accepted or delivery.is_cancelled) for delivery in found)


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
    receipts = [mail.raw for mail in received if any(p.filename.endswith(".tlog-proof") for p in mail.attachments)]
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
