"""
`make bench`: what users feel, each against a baseline that is measured in the same run.

Figures are ratios: absolute times move by more than half between runs on one machine. Of `imports`, the baseline is
the score that was committed last.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench import (  # noqa: E402
    acts,
    campaign_pages,
    checking,
    history,
    importing,
    mailing,
    memory,
    mime,
    papers,
    pasting,
    printing,
    proofs,
    reading,
    reminding,
    serving,
    staff_pages,
    verifying,
    word_files,
)

GROUPS = {
    "docx": (papers.measure, memory.measure),
    "pdf": (printing.measure,),
    "start": (serving.measure_start,),
    "signoff": (serving.measure_signoffs,),
    "acts": (acts.measure,),
    "mail": (mime.measure, mailing.measure, mailing.measure_meanwhile),
    "remind": (reminding.measure,),
    "proof": (proofs.measure,),
    "verify": (verifying.measure,),
    "history_page": (history.measure,),
    "imports": (reading.measure,),
    "take_in": (importing.measure,),
    "letter_page": (staff_pages.measure,),
    "campaign_page": (campaign_pages.measure,),
    "verify_py": (checking.measure,),
    "docx_in": (word_files.measure,),
    "paste": (pasting.measure,),
}


def main(only: str) -> None:
    """Measure all groups, or the one that is named."""
    if only and only not in GROUPS:
        raise SystemExit(f"There is no group {only}. Choose one of: {', '.join(GROUPS)}.")
    for name, measures in GROUPS.items():
        if only in ("", name):
            for measure in measures:
                measure()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
