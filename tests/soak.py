"""
An hour of service (`make soak`): letters live their whole lives side by side over real HTTP and SMTP, strangers knock,
and the server is killed and started again every few minutes.

At the end every letter's record holds, no office has a letter twice, and the server has neither grown nor slowed down.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import select  # noqa: E402

from config.settings import Settings  # noqa: E402
from emails import mailbox  # noqa: E402
from workflow import accounts, imports  # noqa: E402
from workflow.commands.browser import PageError  # noqa: E402
from workflow.commands.demo_life import COORDINATOR, DemoFailedError, Life, Story  # noqa: E402
from workflow.commands.letters import keep  # noqa: E402
from workflow.commands.service import EXAMPLE, serve  # noqa: E402
from workflow.database import Database  # noqa: E402
from workflow.history import evidence  # noqa: E402
from workflow.models import Delivery, Letter, RateLimitCounter  # noqa: E402

SIDE_BY_SIDE = 3
KILL_EVERY = 300.0
LOOK_EVERY = 60.0
KNOCKS = (
    ("GET", "/s/nonsense", b""),
    ("GET", "/letters/0", b""),
    ("GET", "/sign-in", b""),
    ("POST", "/sign-in", b"email=" + b"a" * 60_000),
    ("POST", "/review/" + "0" * 32 + "/answer", b"choice=sign&name=Nobody"),
    ("POST", "/review/" + "0" * 32 + "/logo", b"<!---->" * 40 + b"x"),
    ("GET", "/review/" + "0" * 32 + "/letter.pdf", b""),
    ("GET", "/static/style.css", b""),
)


class Quiet(Story):
    """A story that nobody listens to."""

    def tell(self, sentence: str) -> None:
        """Say nothing."""

    def count(self, done: int, total: int, what: str) -> None:
        """Say nothing."""


class Server:
    """The service in a process of its own, which can be killed and started again."""

    def __init__(self, settings: Settings, port: int, log: Path) -> None:
        self.settings, self.port, self.log = settings, port, log
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait for its first answer."""
        known = {name: value for name, value in os.environ.items() if not name.startswith("UNDERSIGNED_")}
        known |= {
            "UNDERSIGNED_INSTANCE": str(self.settings.instance),
            "UNDERSIGNED_PUBLIC_URL": self.settings.public_url,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                serve(self.port), cwd=ROOT, env=known, stdout=log, stderr=log, start_new_session=True
            )
        while self.asked() is None:
            assert self.process.poll() is None, f"the server ended: {self.log.read_text()[-2000:]}"
            time.sleep(0.2)

    def kill(self) -> None:
        """Kill it and what it has started, as a machine that loses its power."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def asked(self) -> float | None:
        """Return the seconds that /healthz takes to answer; None where it does not."""
        began = time.monotonic()
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.settings.public_url}/healthz", timeout=30):
            return time.monotonic() - began
        return None

    def size(self) -> tuple[int, int, int]:
        """Return the kilobytes, open files and threads of its processes together."""
        assert self.process is not None
        found = [0, 0, 0]
        for pid in (self.process.pid, *_children(self.process.pid)):
            with contextlib.suppress(OSError):
                said = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
                found[0] += int(said["VmRSS"].split()[0])
                found[1] += len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208
                found[2] += int(said["Threads"])
        return found[0], found[1], found[2]


def _children(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            yield child
            yield from _children(child)


class Soak:
    """Everything that goes on at once, and what became of it."""

    def __init__(self, folder: Path, port: int, minutes: float) -> None:
        self.settings = Settings(instance=folder / "instance", public_url=f"http://127.0.0.1:{port}")
        self.database = Database(self.settings)
        self.database.migrate()
        self.log = folder / "server.log"
        self.server = Server(self.settings, port, self.log)
        self.end = time.monotonic() + minutes * 60
        self.came: Counter[str] = Counter()
        self.looks: list[tuple[float, int, int, int]] = []

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.end

    def run(self) -> None:
        """Let it all go on until the end."""
        work: list[Callable[[], None]] = [self._knock, self._look, self._kill]
        work += [lambda number=number: self._live(number) for number in range(SIDE_BY_SIDE)]  # type: ignore[misc]
        threads = [threading.Thread(target=one, daemon=True) for one in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _live(self, number: int) -> None:
        read = imports.read(EXAMPLE.read_bytes(), EXAMPLE.name)
        while not self.over:
            number += SIDE_BY_SIDE
            who = [dataclasses.replace(c, email=f"{n}-{number}@ngo.example") for n, c in enumerate(read.cosigners)]
            offices = [
                dataclasses.replace(r, email=f"{n}-{number}@office.example")
                for n, r in enumerate(read.letter.recipients)
            ]
            letter = dataclasses.replace(read.letter, recipients=tuple(offices))
            staff = f"{number}.{COORDINATOR}"
            with self.database.writing() as session:
                accounts.user(session, staff, "The coordinator", admin=True)
                letter_id = keep(session, dataclasses.replace(read, letter=letter, cosigners=tuple(who)))
            try:
                LifeOf(self.settings, self.database, letter_id, Quiet(time.monotonic()), staff).run()
                self.came["whole lives"] += 1
            except (PageError, DemoFailedError) as error:
                # A kill amid an act looks like this to a person; what it left is judged at the end.
                self.came["lives that a kill ended" if "does not answer" in str(error) else "lives that failed"] += 1
                if "does not answer" not in str(error):
                    print(f"      {error}"[:300], flush=True)
            for path in self.settings.mailbox.glob("*.eml"):
                with contextlib.suppress(OSError):
                    mine = f"-{number}@ngo.example".encode() in path.read_bytes()
                    if mine:
                        path.unlink()

    def _knock(self) -> None:
        chance = random.Random(1)
        while not self.over:
            method, path, body = chance.choice(KNOCKS)
            asked = urllib.request.Request(self.settings.public_url + path, body or None, method=method)
            try:
                with urllib.request.urlopen(asked, timeout=30) as answer:
                    self.came[f"strangers: {answer.status}"] += 1
            except urllib.error.HTTPError as error:
                self.came[f"strangers: {error.code}"] += 1
            except OSError:
                self.came["strangers: no answer"] += 1
            time.sleep(0.5)

    def _look(self) -> None:
        while not self.over:
            time.sleep(min(LOOK_EVERY, max(self.end - time.monotonic(), 0)))
            took = self.server.asked()
            if took is not None:
                self.looks.append((took, *self.server.size()))
                kilobytes, files, threads = self.looks[-1][1:]
                size = f"{kilobytes // 1024} MB, {files} files, {threads} threads"
                print(f"{took * 1000:7.1f} ms, {size}, {dict(self.came)}", flush=True)

    def _kill(self) -> None:
        while self.end - time.monotonic() > KILL_EVERY:
            time.sleep(KILL_EVERY * random.uniform(0.6, 1.4))
            self.server.kill()
            self.came["kills"] += 1
            self.server.start()

    def judge(self) -> list[str]:
        """Return what does not hold, after a while in which the last mails may leave."""
        time.sleep(90)
        self.server.kill()
        wrong = []
        received = Counter(mail.recipients[0] for mail in mailbox.received(self.settings.mailbox))
        wrong += [
            f"{office} has {count} letters" for office, count in received.items() if count > 1 and "@office." in office
        ]
        with self.database.reading() as session:
            for row in session.scalars(select(Letter)):
                wrong += [f"letter {row.id}: {said}" for said in evidence.verify(session, row.id).problems]
                self.came[f"letters {row.state}"] += 1
            states = Counter(session.scalars(select(Delivery.state)))
            self.came.update({f"mails {state}": count for state, count in states.items()})
            self.came["rows of tries"] = len(session.scalars(select(RateLimitCounter.key)).all())
        said = self.log.read_text(errors="replace")
        wrong += ["the log has a traceback"] if "Traceback" in said else []
        wrong += [
            f"a stranger got {said}" for said in self.came if said.startswith("strangers: 5") and "503" not in said
        ]
        wrong += ["a life failed"] if self.came["lives that failed"] else []
        half = len(self.looks) // 2
        if half >= 5:
            early, late = (max(look[1] for look in part) for part in (self.looks[:half], self.looks[half:]))
            wrong += [f"memory grew from {early} to {late} kB"] if late > 1.5 * early else []
        return wrong


class LifeOf(Life):
    """A life whose coordinator has an address of its own."""

    def __init__(self, settings: Settings, database: Database, letter_id: str, story: Story, staff: str) -> None:
        super().__init__(settings, database, letter_id, story)
        self.staff = staff

    def _sign_in(self) -> None:
        with self.database.writing() as session:
            link = accounts.sign_in_link(session, accounts.user(session, self.staff, "", admin=True))
        self.coordinator.submit(self.coordinator.get(link), link.rpartition("/")[2])


def main(minutes: float) -> int:
    """Soak for some minutes; returns 0 where all holds."""
    from tests.support.machine import free_port

    with tempfile.TemporaryDirectory(prefix="undersigned-soak-") as folder:
        soak = Soak(Path(folder), free_port(), minutes)
        try:
            soak.run()
            wrong = soak.judge()
        finally:
            with contextlib.suppress(ProcessLookupError):
                soak.server.kill()
        for name, count in sorted(soak.came.items()):
            print(f"{count:6} {name}")
        print("\n".join(wrong) or "All holds.")
        return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
