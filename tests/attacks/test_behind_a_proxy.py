"""docs/nginx.conf and docs/Caddyfile, in the real programs before the real server: what a stranger can do."""

import contextlib
import datetime
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.machine import free_port
from workflow.commands.service import serve

ROOT = Path(__file__).parent.parent.parent
HOST = "letters.example.org"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
CADDY = shutil.which("caddy")
TOKEN = "T0ken_" + "x" * 37


@dataclass
class Front:
    """A way to the service over TLS (a proxy), or without (the server itself)."""

    port: int
    logs: Path
    tls: bool = True

    def connect(self, address="127.0.0.1"):
        """Connect from an address of this machine: all of 127.0.0.0/8 are."""
        plain = socket.create_connection(("127.0.0.1", self.port), 20, source_address=(address, 0))
        context = ssl._create_unverified_context()
        return context.wrap_socket(plain, server_hostname=HOST) if self.tls else plain

    def send(self, request, address="127.0.0.1", whole=True):
        """Send bytes and return what is answered until the other side closes, or else the beginning of it."""
        with self.connect(address) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(request)
            answer = b""
            with contextlib.suppress(OSError):
                while (whole or not answer) and (more := connection.recv(65536)):
                    answer += more
        return answer.decode("latin-1")

    def get(self, path, *headers, host=HOST, address="127.0.0.1"):
        head = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers])
        return self.send(f"{head}\r\n\r\n".encode(), address)

    def logged(self):
        return "".join(file.read_text() for file in self.logs.rglob("*") if file.is_file())


def status(answer):
    return int(answer.split()[1]) if answer.startswith("HTTP/") else 0


def reachable(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False


@contextlib.contextmanager
def running(command, port, logs, **environment):
    """Run a program that listens on a port until the block ends; what it says is a log too."""
    logs.mkdir(exist_ok=True)
    known = {k: v for k, v in os.environ.items() if not k.startswith("UNDERSIGNED_")} | environment
    with (logs / f"{Path(command[0]).name}.out").open("w") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=known, stdout=said, stderr=said)
        try:
            end = time.monotonic() + 30
            while not reachable(port):
                assert process.poll() is None, Path(said.name).read_text()
                assert time.monotonic() < end, "it does not listen"
                time.sleep(0.05)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With a certificate for the host."""
    made = tmp_path_factory.mktemp("front")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    day = datetime.datetime(2026, 1, 1)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day.replace(year=2126))
    certificate = certificate.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), False)
    (made / "cert.pem").write_bytes(certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (made / "key.pem").write_bytes(key.private_bytes(*plain))
    return made


@pytest.fixture(scope="module")
def server(folder, migrated_sqlite):
    """The service itself."""
    (folder / "instance").mkdir()
    shutil.copy(migrated_sqlite, folder / "instance" / "undersigned.db")
    port = free_port()
    settings = {"INSTANCE": str(folder / "instance"), "PUBLIC_URL": f"https://{HOST}", "PROXIES": "1"}
    settings |= {"JOBS_IN_WEB": "false", "LOG_JSON": "true"}
    given = {f"UNDERSIGNED_{name}": value for name, value in settings.items()}
    with running(serve(port), port, folder / "server", **given):
        yield Front(port, folder / "server", tls=False)


def put(text, *changes):
    """Replace what stands in an example; each has to stand there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def nginx(folder, name, upstream):
    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    port, logs = free_port(), folder / name
    logs.mkdir()
    site = put(
        (ROOT / "docs" / "nginx.conf").read_text(),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        (f"/etc/ssl/{HOST}.pem", f"{folder}/cert.pem"),
        (f"/etc/ssl/private/{HOST}.key", f"{folder}/key.pem"),
        ("/var/log/nginx", str(logs)),
        ("127.0.0.1:5000", f"127.0.0.1:{upstream}"),
    )
    kept = "".join(
        f"{kind}_temp_path {folder}/{name}-{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    whole = f"{user} daemon off; worker_processes 1; pid {folder}/{name}.pid; error_log {logs}/main.log crit;"
    whole += f"events {{ worker_connections 512; }} http {{ {kept} {site} }}"
    (folder / f"{name}.conf").write_text(whole)
    command = [NGINX, "-c", str(folder / f"{name}.conf"), "-e", str(logs / "main.log")]
    with running(command, port, logs):
        yield Front(port, logs)


@contextlib.contextmanager
def caddy(folder, name, upstream):
    if CADDY is None:
        pytest.skip("Caddy is not installed: apt-get install caddy")
    port, logs = free_port(), folder / name
    logs.mkdir()
    here = f"https://{HOST}:{port} {{\n\tbind 127.0.0.1\n\ttls {folder}/cert.pem {folder}/key.pem\n"
    site = put(
        (ROOT / "docs" / "Caddyfile").read_text(),
        ("\n{\n", "\n{\n\tadmin off\n\tauto_https disable_redirects\n"),
        (f"\n{HOST} {{\n", f"\n{here}"),
        ("/var/log/caddy", str(logs)),
        ("127.0.0.1:5000", f"127.0.0.1:{upstream}"),
    )
    (folder / f"{name}.caddy").write_text(site)
    home = {"XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config"), "HOME": str(folder)}
    command = [CADDY, "run", "--config", str(folder / f"{name}.caddy"), "--adapter", "caddyfile"]
    with running(command, port, logs, **home):
        yield Front(port, logs)


PROXIES = {"nginx": nginx, "caddy": caddy}


@pytest.fixture(scope="module", params=PROXIES)
def front(request, folder, server):
    with PROXIES[request.param](folder, request.param, server.port) as started:
        started.name = request.param
        yield started


def test_it_serves_pages_with_cookies_that_no_other_host_and_no_script_can_touch(front):
    answer = front.get("/sign-in")

    assert status(answer) == 200
    [cookie] = re.findall(r"(?i)^set-cookie: (.*)\r$", answer, re.MULTILINE)
    assert cookie.startswith("__Host-undersigned=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert len(re.findall(r"(?i)^strict-transport-security:", answer, re.MULTILINE)) == 1


def test_the_address_is_the_one_that_the_proxy_saw_and_not_what_a_client_says(front):
    own, neighbour = {"nginx": ("127.0.1.1", "127.0.1.2"), "caddy": ("127.0.2.1", "127.0.2.2")}[front.name]

    def guess(number, address):
        forged = (f"X-Forwarded-For: 198.51.100.{number}", f"Forwarded: for=198.51.100.{number}")
        forged += (f"X_Forwarded_For: 198.51.100.{number}", f"X-Real-IP: 198.51.100.{number}")
        return status(front.get(f"/s/{'x' * 43}", *forged, address=address))

    assert guess(0, own) == 404
    assert 429 in [guess(number, own) for number in range(1, 25)]
    assert guess(0, neighbour) == 404


def test_the_mailbox_is_not_there(front, server):
    for address in ("", "X-Forwarded-For: 127.0.0.1"):
        assert status(front.get("/mailbox", *filter(None, [address]))) == 404
        assert status(server.get("/mailbox", *filter(None, [address]))) == 404


def test_a_forged_host_is_refused(front, server):
    assert status(server.get("/sign-in", host="evil.example")) == 400
    answer = front.get("/sign-in", host="evil.example")
    assert "Undersigned" not in answer
    assert "Set-Cookie" not in answer
    page = front.get("/sign-in", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http")
    assert status(page) == 200
    assert "evil.example" not in page


def test_no_header_changes_the_path_or_the_scheme(front, server):
    for way in (front, server):
        for header in ("SCRIPT_NAME: /heal", "PATH_INFO: /mailbox", "X-Forwarded-Prefix: /heal", "X-Forwarded-Ssl: on"):
            assert status(way.get("/healthz", header)) == 200, header


def test_forty_who_send_slowly_hinder_nobody(front):
    head = f"POST /sign-in HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with contextlib.ExitStack() as held:
        for _ in range(40):
            held.enter_context(slow := front.connect())
            slow.sendall(f"{head}Content-Length: 1000\r\n\r\na".encode())
        time.sleep(0.3)
        began = time.monotonic()
        assert status(front.get("/healthz")) == 200
        assert time.monotonic() - began < 5


def post(length, body=b""):
    head = f"POST /sign-in HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n"
    return f"{head}Content-Type: application/x-www-form-urlencoded\r\n{length}\r\n\r\n".encode() + body


def test_a_body_that_is_too_large_is_refused(front):
    assert status(front.send(post("Content-Length: 13000000"), whole=False)) == 413
    assert status(front.send(post("Content-Length: 9000000000"), whole=False)) == 413
    chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    chunked = front.send(post("Transfer-Encoding: chunked", chunk * 13 + b"0\r\n\r\n"), whole=False)
    assert status(chunked) in (400, 413, 502)


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 50",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Content-Length: +5",
        "Content-Length: 5, 50",
    ],
)
def test_no_request_hides_in_another(front, server, lengths):
    hidden = f"0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()

    for way in (front, server):
        answer = way.send(post(lengths, hidden))
        assert answer.count("HTTP/1.1 ") <= 1
        assert status(answer) in (0, 400, 501)


WAYS = (
    "/s/{}",
    "/S/{}",
    "//s/{}",
    "/s/%2e/{}",
    "/%73/{}",
    "/letters/../s/{}",
    "/sign-in/{}",
    "/sign-in/{}?a=b",
    "/x/{}",
)


@pytest.mark.parametrize("name", PROXIES)
def test_no_log_holds_a_token_even_when_the_service_is_down(folder, server, name):
    with PROXIES[name](folder, f"{name}-down", free_port()) as down:
        for way in WAYS:
            path = way.format(TOKEN)
            assert status(down.get(path, f"Referer: https://{HOST}{path}")) in (400, 502)
        time.sleep(0.2)
        assert TOKEN not in down.logged()


def test_no_log_holds_a_token(front, server):
    for path in (way.format(TOKEN) for way in WAYS):
        front.get(path, f"Referer: https://{HOST}{path}", f"Cookie: a={TOKEN}", address="127.0.3.1")
    front.get("/static/style.css")
    time.sleep(0.2)

    assert TOKEN not in front.logged() + server.logged()
    assert "/static/<path:filename>" in server.logged()
    assert '"status":200' in front.logged() or " 200 " in front.logged()
