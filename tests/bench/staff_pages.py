"""A letter's page at five thousand co-signers: against five, and against Django's admin on the same rows."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from config.settings import Settings
from tests.bench.figures import in_turn, record, timed
from tests.support.browsing import signed_in
from tests.support.factories import ANNA, act, digest, open_sign_off, terms, words
from workflow.campaigns import batches, drafts
from workflow.database import Database
from workflow.letter import text
from wsgi import create_app

FEW, MANY = 5, 5000
RUNS = 25
ROWS_OF_DJANGO = 100
"""What its list shows on a page when nobody says otherwise."""


APPS = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")


def measure() -> None:
    """Measure the letter's page, the list of co-signers beside it, and Django's change list."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(instance=Path(folder))
        database = Database(settings)
        database.migrate()
        few, many = (letter(database, count) for count in (FEW, MANY))
        client = signed_in(create_app(settings, database), database)
        _compare({"5": f"/letters/{few}", "5000": f"/letters/{many}"}, client.get)
        ours = {"ours": functools.partial(client.get, f"/letters/{many}")}
        ours["list"] = functools.partial(client.get, f"/letters/{many}/cosigners")
        ours["search"] = functools.partial(client.get, f"/letters/{many}/cosigners?q=organisation+49&order=name")
        # Django opens it with another SQLite library: two of them in one process must not share a file.
        copied = Path(folder) / "copied.db"
        with database.engine.connect() as connection:
            rows = connection.connection.driver_connection
            rows.execute("PRAGMA query_only = OFF")
            rows.execute("VACUUM INTO ?", [str(copied)])
        taken = _taken(ours | {"django": change_list(copied)})
        for name, page in (("letter_page", "ours"), ("cosigners", "list"), ("cosigners_searched", "search")):
            record(f"{name}/5000/vs_django_admin", taken[page], taken["django"], "ms", RUNS)
        database.close()


def _compare(pages: dict[str, str], get: Callable[[str], object]) -> None:
    """Time and bytes of the page with many co-signers are at most one and a half of those with few: ratio 0.67."""
    taken = _taken({name: functools.partial(get, address) for name, address in pages.items()})
    record("letter_page/5000/vs_5", taken["5000"], taken["5"], "ms", RUNS)
    size = {name: len(get(address).data) for name, address in pages.items()}  # type: ignore[attr-defined]
    record("letter_page/5000/vs_5/bytes", size["5000"] / 1000, size["5"] / 1000, "kB", 1)


def _taken(pages: dict[str, Callable[[], object]]) -> dict[str, float]:
    for page in pages.values():
        page()
    return in_turn({name: functools.partial(timed, page) for name, page in pages.items()}, RUNS)


def letter(database: Database, count: int) -> str:
    """Return a letter in sign-off, of which three in five have signed and one in fifty has declined."""
    asked = [
        text.Cosigner(f"Organisation {n}", f"O{n}", f"Person {n}", "Director", f"o{n}@example.org")
        for n in range(count)
    ]
    with database.writing() as session:
        letter_id = drafts.take_in(session, words(), asked, ANNA, dated=date(2026, 11, 24), terms=terms()).id
    open_sign_off(database, letter_id)
    while act(database, batches.piece, letter_id, 500):
        pass
    shown = digest(database, letter_id)
    with database.engine.begin() as connection:
        _answer(connection.connection.driver_connection, letter_id, shown)
    return letter_id


def _answer(rows: Any, letter_id: str, shown: str) -> None:
    """Write what has become of the invitations into their rows alone: no page of these reads its entries."""
    for (trigger,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        rows.execute(f"DROP TRIGGER {trigger}")
    moment = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
    asked = "FROM invitations i JOIN links l ON l.invitation_id = i.id WHERE i.letter_id = :letter"
    given = {"letter": letter_id, "shown": shown, "moment": moment}
    rows.execute(
        "INSERT INTO signoffs (id, invitation_id, digest, name, title, link_id, sequence, signed_at) "
        f"SELECT i.id, i.id, :shown, i.signatory, 'Director', l.id, i.position, :moment {asked} AND i.position % 5 < 3",
        given,
    )
    for state, which in (("signed", "position % 5 < 3"), ("declined", "position % 50 = 3")):
        where = f"letter_id = :letter AND {which}"
        rows.execute(f"UPDATE invitations SET state = '{state}', answered_at = :moment WHERE {where}", given)
    rows.execute("UPDATE deliveries SET state = 'accepted' WHERE letter_id = :letter", given)


def change_list(path: Path) -> Callable[[], object]:
    """Return what gets Django's list of the same invitations, in process, signed in, as it comes: a hundred a page."""
    import django
    from django.conf import settings

    settings.configure(
        DEBUG=False,
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        ROOT_URLCONF="tests.bench.admin",
        DATABASE_ROUTERS=["tests.bench.admin.Router"],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
            "letters": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)},
        },
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in APPS), "tests.bench"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        STATIC_URL="/static/",
    )
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    client = Client()
    client.force_login(User.objects.create_superuser("anna", "anna@example.org", "anna"))
    page = client.get("/admin/bench/invitation/")
    assert page.status_code == 200 and page.content.count(b"Organisation") >= ROWS_OF_DJANGO
    return lambda: client.get("/admin/bench/invitation/").content
