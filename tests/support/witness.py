"""
A witness of C2SP (tlog-witness) on loopback, in a process of its own, written by the specification's words.

    python -m tests.support.witness FOLDER PORT

It signs only what continues all that it has signed of a log, and what it has signed is on its disk before it answers.
In its folder: `logs` (the keys of logs that it knows, one a line), `state.json`, and `mode`, by which it misbehaves.
"""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.support.time_stamp_server import is_there

SEED = bytes(range(7, 39))
NAME = "witness.example/w1"


def vkey(name: str = NAME, seed: bytes = SEED) -> str:
    """The key of a witness."""
    public = b"\x04" + Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return f"{name}+{mark(name, public).hex()}+{base64.b64encode(public).decode()}"


def mark(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]


class RunningWitness:
    """The witness in its process."""

    def __init__(self, folder: Path) -> None:
        # Here: the process itself, which begins again and again, needs nothing of the product.
        from tests.support.machine import free_port

        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it, or start it again: it goes on from its disk."""
        command = [sys.executable, "-m", "tests.support.witness", str(self.folder), str(self.port)]
        self.process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
        is_there(self.url)

    def stop(self) -> None:
        """End it as a machine does that loses its power."""
        self.process.kill()
        self.process.wait()

    def know(self, log: str) -> None:
        """Let it know the key of a log."""
        with (self.folder / "logs").open("a") as file:
            file.write(f"{log}\n")

    def misbehave(self, mode: str) -> None:
        """Let it answer otherwise than it should; empty: as it should."""
        (self.folder / "mode").write_text(mode)

    @property
    def seen(self) -> dict[str, tuple[int, str]]:
        """The last head of each log that it has signed: size and root."""
        state = self.folder / "state.json"
        return {log: tuple(head) for log, head in json.loads(state.read_text()).items()} if state.exists() else {}


# --- the process ------------------------------------------------------------------------------------------------------


class RefusedError(Exception):
    def __init__(self, status: int, said: str = "", media_type: str = "text/plain") -> None:
        self.status, self.said, self.media_type = status, said, media_type


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def rebuilt(old: int, size: int, whole: bool, old_root: bytes, proof: Iterator[bytes]) -> tuple[bytes, bytes]:
    """Both roots as RFC 6962, 2.1.2 takes the proof apart: SUBPROOF, backwards."""
    if old == size:
        root = old_root if whole else next(proof)
        return root, root
    half = 1 << (size - 1).bit_length() - 1
    if old <= half:
        before, now = rebuilt(old, half, whole, old_root, proof)
        return before, node(now, next(proof))
    before, now = rebuilt(old - half, size - half, False, old_root, proof)
    left = next(proof)
    return node(left, before), node(left, now)


def continues(old: int, size: int, old_root: bytes, root: bytes, hashes: list[bytes]) -> bool:
    proof = iter(hashes)
    try:
        return rebuilt(old, size, True, old_root, proof) == (old_root, root) and not list(proof)
    except (StopIteration, RuntimeError):
        return False


class State:
    """What it has signed of each log."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.lock = folder, threading.Lock()

    def add(self, body: str) -> str:
        head, _, note = body.partition("\n\n")
        first, *lines = head.split("\n")
        text, _, tail = note.partition("\n\n")
        origin, size, root = text.split("\n")
        old, size = int(first.removeprefix("old ")), int(size)
        self._check_signature(origin, f"{text}\n", tail)
        if old > size:
            raise RefusedError(400)
        with self.lock:
            state = self.folder / "state.json"
            known = json.loads(state.read_text()) if state.exists() else {}
            seen, seen_root = known.get(origin, (0, ""))
            if old != seen:
                raise RefusedError(409, f"{seen}\n", "text/x.tlog.size")
            if old == size and seen_root != root:
                raise RefusedError(409, f"{seen}\n", "text/x.tlog.size")
            proof = [base64.b64decode(line) for line in lines]
            if (old in (0, size) and proof) or (
                0 < old < size and not continues(old, size, base64.b64decode(seen_root), base64.b64decode(root), proof)
            ):
                raise RefusedError(422)
            self._write({**known, origin: [size, root]})
        return self._sign(f"{text}\n")

    def _check_signature(self, origin: str, text: str, tail: str) -> None:
        logs = self.folder / "logs"
        keys = logs.read_text().split() if logs.exists() else []
        trusted = [key.split("+", 2) for key in keys if key.partition("+")[0] == origin]
        if not trusted:
            raise RefusedError(404)
        for name, number, encoded in trusted:
            public = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded)[1:])
            for line in tail.splitlines():
                signer, _, signature = line.removeprefix("— ").partition(" ")
                raw = base64.b64decode(signature)
                if (signer, raw[:4].hex()) == (name, number):
                    try:
                        public.verify(raw[4:], text.encode())
                    except InvalidSignature:
                        raise RefusedError(403) from None
                    return
        raise RefusedError(403)

    def _write(self, known: dict[str, object]) -> None:
        fresh = self.folder / "state.json.new"
        with fresh.open("w") as file:
            json.dump(known, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / "state.json")

    def _sign(self, text: str, name: str = NAME, seed: bytes = SEED) -> str:
        key, at = Ed25519PrivateKey.from_private_bytes(seed), int(time.time())
        signed = key.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
        number = mark(name, b"\x04" + key.public_key().public_bytes_raw())
        return f"— {name} {base64.b64encode(number + at.to_bytes(8, 'big') + signed).decode()}\n"


def main(folder: Path, port: int) -> None:
    """Answer what HTTP brings, until the process is ended."""
    state = State(folder)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            mode = (folder / "mode").read_text() if (folder / "mode").exists() else ""
            try:
                if self.path != "/add-checkpoint":
                    raise RefusedError(404)
                if mode == "drip":
                    self._drip()
                    return
                if mode == "elsewhere":
                    self._answer(302, "", "text/plain", Location=f"http://127.0.0.1:{port}/add-checkpoint")
                    return
                if mode.isdigit():
                    raise RefusedError(int(mode), "17\n")
                said = state.add(body)
                others = state._sign("of another text\n", "other.example/w9", bytes(32))
                forged = state._sign("of another text\n")
                told = {"forge": forged, "others": others, "more": others + said}.get(mode, said)
                self._answer(200, told, "text/plain")
            except RefusedError as refused:
                self._answer(refused.status, refused.said, refused.media_type)

        def _answer(self, status: int, said: str, media_type: str, **more: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": media_type, "Content-Length": str(len(said.encode())), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.encode())

        def _drip(self) -> None:
            (folder / "asked").touch()
            self.send_response(200)
            self.end_headers()
            for _ in range(600):
                self.wfile.write(b"-")
                self.wfile.flush()
                time.sleep(0.05)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
