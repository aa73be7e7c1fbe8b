"""What tests need of the machine: PostgreSQL, ports, folders."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg

from config.settings import Settings
from workflow.database import Database

SEED = Path(__file__).parents[3] / "shared" / "letters" / "phnom-penh-2016.txt"


def postgresql_binaries() -> Path | None:
    """Return the folder of initdb and postgres, or None where they are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reachable(path: Path) -> None:
    """Let every user of the machine come as far as a test's folder; pytest keeps it to its own."""
    for folder in path.parents:
        if Path(tempfile.gettempdir()) in folder.parents:
            folder.chmod(0o755)


class PostgreSQL:
    """A private server in a temporary folder; stopped, and its folder removed, at the end of the run."""

    def __init__(self, binaries: Path, durable: bool = False) -> None:
        self.binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="undersigned-pg-"))
        self.port = free_port()
        self._as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        if os.getuid() != 0:
            self._as_user = []
        else:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", "undersigned", "-A", "trust", "--no-sync", "-E", "UTF8"
        )
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        options += f" -c max_connections=200 {'' if durable else '-c fsync=off -c autovacuum=off'}"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", options, "-w", "start"
        )
        self._administrator = psycopg.connect(self.url("postgres"), autocommit=True)
        # Before PostgreSQL 15 it is the only way.
        self._by_copying = "STRATEGY file_copy" if self._administrator.info.server_version >= 150000 else ""
        self.template = self._template()

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_user, str(self.binaries / program), *arguments]
        # Not a pipe: the server inherits it and would keep it open for ever.
        with (self.folder.parent / f"{self.folder.name}.{program}").open("w+") as output:
            done = subprocess.run(
                command, stdout=output, stderr=output, cwd="/", env={"PATH": os.environ["PATH"], "LC_ALL": "C"}
            )
            output.seek(0)
            assert done.returncode == 0, output.read()
        Path(output.name).unlink()

    def url(self, name: str) -> str:
        return f"postgresql://undersigned@127.0.0.1:{self.port}/{name}"

    def admin(self, statement: str) -> None:
        """Run a statement as the owner of the server."""
        self._administrator.execute(statement)

    def _template(self) -> str:
        self.admin("CREATE DATABASE migrated")
        database = Database(Settings(database_url=self.url("migrated")))
        database.migrate()
        database.close()
        return "migrated"

    def create(self, template: str = "") -> str:
        """Return the URL of a fresh database with all tables, or of a copy of one that nobody is connected to."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.admin(f"CREATE DATABASE {name} TEMPLATE {template or self.template} {self._by_copying}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database: a thousand of them would fill the disk."""
        self.admin(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def stop(self) -> None:
        self._administrator.close()
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
