"""The flask command, each time in a process of its own."""

import os
import sys
from pathlib import Path

import flask.cli

from tests.support.forked import forked

ROOT = Path(__file__).parents[2]


def _run(words: tuple[str, ...], environment: dict[str, str], said: Path) -> None:
    """What `python -m flask …` does, in a process that has loaded its libraries already."""
    with said.open("wb") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["flask", *words]
    flask.cli.main()


class Shell:
    """Runs `flask …` for one instance, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.said = folder / "said"
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("UNDERSIGNED_")}
        self.environment["UNDERSIGNED_INSTANCE"] = str(folder / "instance")

    def __call__(self, *words: str, code: int = 0) -> str:
        command = forked.Process(target=_run, args=(words, self.environment, self.said))
        command.start()
        command.join(120)
        said = self.said.read_text()
        assert command.exitcode == code, said
        assert "Traceback" not in said
        return said
