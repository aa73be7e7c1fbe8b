"""A real IMAP server (Dovecot) for one test run: private, of an unprivileged user, on a free port of 127.0.0.1."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from tests.support.failing_mail_server import Authority
from tests.support.machine import free_port

MISSING = "Dovecot is not installed: apt-get install dovecot-imapd (make test does it where it may)"
USER, PASSWORD = "letters@example.org", "secret/word:1"

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
ssl = {ssl}
{certificate}
mail_location = maildir:{folder}/mail
first_valid_uid = 1
auth_mechanisms = plain login
disable_plaintext_auth = no
auth_failure_delay = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service imap {{
  chroot =
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def program() -> str | None:
    """Return where Dovecot is, or None where it is not installed."""
    return shutil.which("dovecot") or ("/usr/sbin/dovecot" if Path("/usr/sbin/dovecot").exists() else None)


class Dovecot:
    """The server; stopped, and its folder removed, at the end."""

    def __init__(self, authority: Authority) -> None:
        found = program()
        assert found is not None, MISSING
        self.folder = Path(tempfile.mkdtemp(prefix="undersigned-imap-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.port, self.plain = free_port(), free_port()
        self.authority = authority
        user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        group = "nogroup" if os.getuid() == 0 else str(os.getgid())
        authority.context("127.0.0.1")
        certificate = shutil.copy(authority.folder / "127.0.0.1.pem", self.folder)
        for name in ("mail", "run"):
            (self.folder / name).mkdir()
        words = f"ssl_cert = <{certificate}\nssl_key = <{certificate}"
        config = self.folder / "dovecot.conf"
        config.write_text(
            CONFIG.format(
                folder=self.folder, user=user, group=group, ssl="yes", certificate=words, password=PASSWORD,
                plain=self.plain, port=self.port,
            )
        )  # fmt: skip
        as_user: list[str] = []
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", f"{user}:{group}", str(self.folder)], check=True)
            as_user = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        self._process = subprocess.Popen(
            [*as_user, found, "-F", "-c", str(config)], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait()

    @property
    def url(self) -> str:
        """The mailbox, as an operator sets it."""
        words = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
        return f"imaps://{words}@127.0.0.1:{self.port}/INBOX?ca={self.authority.file}"

    def client(self) -> imaplib.IMAP4:
        """Return a line to the mailbox that is signed in."""
        context = ssl.create_default_context(cafile=self.authority.file)
        line = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=context, timeout=20)
        line.login(USER, PASSWORD)
        return line

    def put(self, *contents: bytes) -> None:
        """Let mails come into the inbox."""
        with self.client() as line:
            for content in contents:
                as_sent = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                answered, said = line.append("INBOX", None, None, as_sent)
                assert answered == "OK", said

    def count(self, folder: str) -> int:
        """Return how many mails are in a folder; 0 where there is none."""
        with self.client() as line:
            answered, said = line.select(folder, readonly=True)
            return int(said[0]) if answered == "OK" else 0

    def empty(self) -> None:
        """Take out all mails of all folders."""
        with self.client() as line:
            for folder in ("INBOX", "INBOX.Undersigned"):
                answered, number = line.select(folder)
                if answered == "OK" and number != [b"0"]:
                    line.store("1:*", "+FLAGS.SILENT", "\\Deleted")
                    line.expunge()

    def stop(self) -> None:
        """End it, and take its folder away."""
        self._process.terminate()
        self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                with self.client():
                    return
            except (OSError, imaplib.IMAP4.error) as error:
                if time.monotonic() > until or self._process.poll() is not None:
                    log = self.folder / "log"
                    raise AssertionError(log.read_text() if log.exists() else str(error)) from error
                time.sleep(0.1)
