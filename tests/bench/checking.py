"""The check of the evidence of five signatories, as an auditor runs it, against Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import in_turn, record, timed
from tests.support.evidence import gathered
from tests.support.forging import STANDALONE, VKEY, WORDS, Common, History, zipped

RUNS = 21
STEPS = ("letter.open_sign_off", "letter.approve", "letter.dispatch", "letter.confirm")


def measure() -> None:
    """Record `verify_py/vs_python_pass`: `python3 verify.py evidence.zip` against `python3 -c pass`."""
    with tempfile.TemporaryDirectory() as folder:
        evidence, script = Path(folder) / "evidence.zip", Path(folder) / "verify.py"
        evidence.write_bytes(zipped(_of_five()))
        script.write_bytes(STANDALONE)
        check = [sys.executable, str(script), str(evidence), "--vkey", VKEY]
        taken = in_turn(
            {
                "ours": lambda: timed(lambda: _run(check)),
                "pass": lambda: timed(lambda: _run([sys.executable, "-c", "pass"])),
            },
            RUNS,
        )
    record("verify_py/vs_python_pass", taken["ours"], taken["pass"], "ms", RUNS)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _of_five() -> dict[str, bytes]:
    """The evidence as it is exported: with the checkpoints that matter, and a head of the log over all letters."""
    told = History()
    told.add("letter.created", role="coordinator", campaign="c", draft=WORDS.digest())
    told.invite(*"ABCDE")
    told.add("letter.open_sign_off", role="coordinator", revision=None)
    told.freeze()
    signed = [told.sign(one) for one in "ABCDE"]
    told.add("letter.approve", role="coordinator", signed=5)
    told.send(told.render(signed))
    files, size = gathered(told.files()), len(told.entries)
    kept = {seq + 1 for seq, entry in enumerate(told.entries) if entry["action"] in STEPS} | {size}
    dropped = {f"checkpoints/{one}.txt" for one in range(1, size + 1)} - {f"checkpoints/{one}.txt" for one in kept}
    common = Common(*(bytes([number] * 32) for number in range(40)))
    common = common.with_checkpoint(files[f"checkpoints/{size}.txt"].decode()).grown(5)
    return {name: one for name, one in files.items() if name not in dropped} | common.evidence(40)
