"""
A time-stamp server (RFC 3161) on loopback, in a process of its own: `openssl ts` answers what HTTP brings.

    python -m tests.support.time_stamp_server FOLDER PORT
"""

from __future__ import annotations

import http.server
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

EXTENSIONS = """
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[mailing]
basicConstraints = CA:FALSE
extendedKeyUsage = critical,emailProtection
"""
SERVER = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/server.pem
signer_key = {folder}/server.key
{certs}
signer_digest = sha256
default_policy = 1.3.6.1.4.1.55555.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
RSA, EC = ("rsa:2048", ()), ("ec", ("-pkeyopt", "ec_paramgen_curve:P-256"))


def openssl(*arguments: object, **more: Any) -> bytes:
    """Run openssl; returns what it prints."""
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **more).stdout


class Stamping:
    """The certificates of a time-stamp server, and its answers; `between`: a certificate between it and its root."""

    def __init__(
        self, folder: Path, kind: tuple[str, tuple[str, ...]] = RSA, uses: str = "stamping", between: bool = False
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "extensions").write_text(EXTENSIONS)
        self._certify("root", "Root of Stamps", kind, "root", "")
        if between:
            self._certify("between", "Between", kind, "root", "root")
        self._certify("server", "Stamps of Port Town", kind, uses, "between" if between else "root")
        (folder / "serial").write_text("01")
        certs = f"certs = {folder}/between.pem" if between else ""
        (folder / "server.conf").write_text(SERVER.format(folder=folder, certs=certs))

    def _certify(self, name: str, subject: str, kind: tuple[str, tuple[str, ...]], extensions: str, by: str) -> None:
        key, folder = self.folder / f"{name}.key", self.folder
        request = ("req", "-newkey", kind[0], *kind[1], "-nodes", "-keyout", key, "-subj", f"/O=Port Town/CN={subject}")
        if not by:
            plain = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
            openssl(*request, "-x509", "-days", "30", "-out", self.path(name), "-sha256", *plain)
            return
        openssl(*request, "-out", folder / f"{name}.csr")
        signing = ("-CA", self.path(by), "-CAkey", folder / f"{by}.key", "-CAcreateserial", "-days", "30", "-sha256")
        which = ("-extfile", folder / "extensions", "-extensions", extensions)
        openssl("x509", "-req", "-in", folder / f"{name}.csr", "-out", self.path(name), *signing, *which)

    def path(self, name: str) -> Path:
        """Where a certificate is (`root`, `between`, `server`), as PEM."""
        return self.folder / f"{name}.pem"

    def answer(self, query: bytes) -> bytes:
        """Answer a request for a stamp."""
        asked = self.folder / "query"
        asked.write_bytes(query)
        return answer(self.folder, asked)

    def stamp(self, content: bytes, function: str = "sha256", certificates: bool = True) -> bytes:
        """Stamp some bytes; with the certificates in the stamp, as servers are asked to."""
        with_them = ("-cert",) if certificates else ()
        query = openssl("ts", "-query", "-data", "/dev/stdin", f"-{function}", *with_them, input=content)
        return self.answer(query)


def answer(folder: Path, asked: Path) -> bytes:
    """Let openssl answer a request that lies in a file."""
    return openssl("ts", "-reply", "-config", folder / "server.conf", "-section", "one", "-queryfile", asked)


class StampServer:
    """The server in a process of its own."""

    def __init__(self, stamping: Stamping) -> None:
        # Here: the process itself needs nothing of the product.
        from tests.support.machine import free_port

        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/tsr"
        command = [sys.executable, "-m", "tests.support.time_stamp_server", str(stamping.folder), str(self.port)]
        self.process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
        is_there(self.url)

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


def is_there(url: str) -> None:
    """Wait until somebody listens."""
    for _ in range(500):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(f"Nobody listens at {url}.")


def main(folder: Path, port: int) -> None:
    """Answer what HTTP brings, until the process is ended."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = folder / f"query-{self.client_address[1]}"
            asked.write_bytes(body)
            if self.headers["Content-Type"] != "application/timestamp-query":
                self.send_error(415)
                return
            made = answer(folder, asked)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(made)))
            self.end_headers()
            self.wfile.write(made)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
