"""
One bundle of evidence, changed at random again and again, given to the verifier that goes along with it.

    python -m tests.support.mutating EVIDENCE.zip VERIFY.py COUNT SEED

Prints what was accepted, what failed and what took long, as JSON: in a process of its own, so that its memory is known.
"""

from __future__ import annotations

import importlib.util
import io
import json
import random
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MEANINGLESS = {"README.txt", "verify.py", "verify.html", "letter.json", "servers.json", "report.html", "report.docx"}
"""For people; the verifier trusts them for nothing, and says so."""


MAY_LACK_LINES = {"disclosures.jsonl", "common/consistency.jsonl"}


def loaded(path: Path) -> Any:
    """The one file, as a module."""
    spec = importlib.util.spec_from_file_location("verify_alone", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def changed(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    """Another byte, one that is gone, one more, a piece twice, a piece that is gone, two that are exchanged."""
    at = chance.randrange(len(content))
    other = bytes([content[at] ^ chance.choice((1, 2, 4, 8, 16, 32, 64, 128, chance.randrange(1, 256)))])
    end = min(len(content), at + chance.randrange(1, 100))
    ways = {
        "another": content[:at] + other + content[at + 1 :],
        "bit": content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :],
        "gone": content[:at] + content[at + 1 :],
        "more": content[:at] + bytes([chance.choice((0, 9, 10, 13, 32, 34, 48, 255))]) + content[at:],
        "repeated": content[:end] + content[at:],
        "cut": content[:at],
        "piece gone": content[:at] + content[end:],
        "exchanged": content[:at] + content[at + 1 : at + 2] + content[at : at + 1] + content[at + 2 :],
    }
    name = chance.choice(["another", "another", "another", "bit", "bit", *ways])
    return name, ways[name]


def mutations(
    packed: bytes, files: Mapping[str, bytes], chance: random.Random
) -> Iterator[tuple[str, bytes | dict[str, bytes]]]:
    """Change the zip itself, or one of its files: each kind as often as another, however large it is."""
    kinds: dict[str, list[str]] = {}
    for name, content in sorted(files.items()):
        if content:
            kinds.setdefault(name if name in MEANINGLESS else name.partition("/")[0], []).append(name)
    while True:
        kind = chance.choice([*kinds, "the zip", "the zip"])
        if kind == "the zip":
            how, content = changed(packed, chance)
            yield f"zip: {how}", content
        else:
            name = chance.choice(kinds[kind])
            how, content = changed(files[name], chance)
            yield f"{name}: {how}", {**files, name: content}


def judged(verify: Any, given: bytes | dict[str, bytes], vkey: str, is_signed: Any) -> tuple[Mapping[str, bytes], int]:
    """What the verifier makes of it: the files as it read them, and its exit status."""
    try:
        if isinstance(given, bytes):
            try:
                with zipfile.ZipFile(io.BytesIO(given)) as archive:
                    given = verify._unpack(archive)
            except (OSError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError, verify.zlib.error):
                return {}, 3  # What `read_evidence` says of a path.
        return given, verify.verify(given, vkey, is_signed=is_signed).exit_code
    except verify.InputError:
        return {}, 3


def is_as_meant(read: Mapping[str, bytes], meant: Mapping[str, bytes]) -> bool:
    """Whether all that is judged is as it was; whole lines may be left out of what may be erased or is not needed."""
    judged_ones = {name: content for name, content in read.items() if name not in MEANINGLESS}
    for name in MAY_LACK_LINES & judged_ones.keys() & meant.keys():
        if set(judged_ones[name].split(b"\n")) <= set(meant[name].split(b"\n")):
            judged_ones[name] = meant[name]
    return judged_ones == meant


def run(path: Path, script: Path, count: int, seed: int) -> dict[str, Any]:
    """Try so many; returns what was found."""
    verify, chance, packed = loaded(script), random.Random(seed), path.read_bytes()
    files = verify.read_evidence(path)
    vkey = json.loads(files["letter.json"])["vkey"]
    is_signed = verify.quickest(verify.FEW + 1)
    meant = {name: content for name, content in files.items() if name not in MEANINGLESS}
    accepted, failed, slow, said = [], [], [], Counter[int]()
    assert verify.verify(files, vkey, is_signed=is_signed).exit_code == 0
    for number, (what, given) in zip(range(count), mutations(packed, files, chance), strict=False):
        begun = time.process_time()
        try:
            read, status = judged(verify, given, vkey, is_signed)
        except Exception as error:
            failed.append(f"{number} {what}: {error!r}")
            continue
        took = time.process_time() - begun
        said[status] += 1
        if took > 1:
            slow.append(f"{number} {what}: {took:.2f} s")
        if status == 0 and not is_as_meant(read, meant):
            accepted.append(f"{number} {what}")
    most = _most_megabytes()
    return {"accepted": accepted, "failed": failed, "slow": slow, "said": dict(said), "megabytes": most}


def _most_megabytes() -> int:
    """The most memory that this program had; what the kernel tells by `getrusage` counts the parent's before it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
