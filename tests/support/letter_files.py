"""A letter file with as many co-signers as somebody needs: `python -m tests.support.letter_files 500 > letter.md`."""

from __future__ import annotations

import sys

HEAD = """---
subject: Against the law on hedgehogs
place: Brussels
date: 2026-12-01
language: en
recipients:
  - name: Dr Jane Doe
    title: Minister for the Environment
    office: Ministry of the Environment
    address: |
      1 Main Street
      London
    email: minister@office.example
salutation: Dear Minister,
closing: Yours sincerely,
cosigners:
"""
BODY = """---

We write to you about the law on hedgehogs, which leaves them without a hedge.

Every autumn they look for leaves, and every autumn there are fewer.

We ask you to let a strip of each garden stand.

We thank you for your attention.
"""


def letter_file(count: int) -> str:
    """Return a letter file with so many co-signers, each with a name and an address of its own."""
    asked = (
        f"  - organisation: Organisation {number}\n    acronym: ORG{number}\n    signatory: Émilie Durand {number}\n"
        f"    title: Directrice générale\n    email: contact{number}@org-{number}.example\n"
        for number in range(1, count + 1)
    )
    return HEAD + "".join(asked) + BODY


if __name__ == "__main__":
    sys.stdout.write(letter_file(int(sys.argv[1])))
