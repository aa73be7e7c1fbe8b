"""
Check the evidence of a letter, offline, without trusting whoever made it.

    python3 verify.py evidence.zip --vkey letters.example.org+1a2b3c4d+AQ... --receipt receipt.eml

Ends with 0: it holds; 1: something is invalid; 2: two histories were shown; 3: the input cannot be used. It needs
Python 3.9 or later and nothing else, writes no file, and asks no network. The formats stand in docs/history.md.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from workflow.verify.bundle import read_evidence
from workflow.verify.der import read_certificates
from workflow.verify.ed25519 import is_signed, quickest
from workflow.verify.one_name import check_one_name, is_one_name
from workflow.verify.report import UNUSABLE, InputError, shown
from workflow.verify.verifier import verify


class _Arguments(argparse.ArgumentParser):
    """Ends with 3 for a wrong command line: 2 says that two histories were shown."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and end."""
        self.print_usage(sys.stderr)
        self.exit(UNUSABLE, f"UNUSABLE: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = _Arguments(description="Check the evidence of a letter, offline.")
    here = Path(__file__).parent
    parser.add_argument(
        "evidence", nargs="?", type=Path, default=here, help="evidence.zip, its folder, or not-in-letter.json"
    )
    parser.add_argument("--vkey", action="append", help="the key, from a receipt; again for another one")
    parser.add_argument("--receipt", nargs="+", action="extend", type=Path, default=[], help="receipt mails or proofs")
    parser.add_argument("--document", nargs="+", action="extend", type=Path, default=[], help="documents as received")
    parser.add_argument("--witness", action="append", default=[], help="the key of a witness; again for another one")
    parser.add_argument("--tsa-cert", nargs="+", action="extend", type=Path, default=[], help="of a time-stamp server")
    parser.add_argument("--letter", help="the letter that the evidence must be of")
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        receipts, received = _read_all(given.receipt), _read_all(given.document)
        alone = given.evidence.read_bytes() if given.evidence.suffix == ".json" and given.evidence.is_file() else b""
        if is_one_name(alone):
            report = check_one_name(alone, given.vkey or [], is_signed, given.letter)
        else:
            certificates = [der for file in _read_all(given.tsa_cert).values() for der in read_certificates(file)]
            files = read_evidence(given.evidence)
            quick = quickest(len(receipts) + sum(name.startswith("checkpoints/") for name in files))
            report = verify(files, given.vkey, receipts, received, given.letter, quick, given.witness, certificates)
    except InputError as error:
        print(f"UNUSABLE: {shown(str(error))}")
        return UNUSABLE
    except Exception as error:
        # Python would end with 1, which says that the letter's evidence is invalid: a verdict nobody has reached.
        print(f"UNUSABLE: this verifier failed on what it was given ({shown(repr(error))}). Please tell the project.")
        return UNUSABLE
    print(report.to_text(), end="")
    return report.exit_code


def _read_all(paths: Iterable[Path]) -> dict[str, bytes]:
    try:
        return {str(path): path.read_bytes() for path in paths}
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}.") from error


if __name__ == "__main__":
    sys.exit(main())
