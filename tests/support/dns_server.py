"""A DNS server on this machine, over UDP and TCP: what it says is a zone that tests may change while it runs."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Mapping, Sequence

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

Records = Sequence[tuple[str, str | Sequence[str]]]
"""Each a type and its words as in a zone file, a TXT record as its strings; TIMEOUT is silence for other types."""


class DnsServer:
    """Answers on `address` (127.0.0.1 and a port) from `zone`; `asked` is what it was asked."""

    def __init__(self, zone: Mapping[str, Records] | None = None) -> None:
        self.zone: dict[str, Records] = {}
        self.put(zone or {})
        self.asked: list[tuple[str, str]] = []

    def put(self, zone: Mapping[str, Records]) -> None:
        """Say something else from now on."""
        self.zone = {name.lower().rstrip("."): records for name, records in zone.items()}

    def __enter__(self) -> DnsServer:
        server = self

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                content, at = self.request
                if said := server._answer(content, largest=1232):
                    at.sendto(said, self.client_address)

        class Stream(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                (length,) = struct.unpack("!H", self.rfile.read(2))
                if said := server._answer(self.rfile.read(length)):
                    self.wfile.write(struct.pack("!H", len(said)) + said)

        while True:
            self._udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Datagram)
            try:
                self._tcp = socketserver.ThreadingTCPServer(self._udp.server_address, Stream)
                break
            except OSError:
                self._udp.server_close()
        self._tcp.daemon_threads = self._udp.daemon_threads = True
        for one in (self._udp, self._tcp):
            threading.Thread(target=one.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        for one in (self._udp, self._tcp):
            one.shutdown()
            one.server_close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._udp.server_address[1]}"

    def _answer(self, content: bytes, largest: int = 65535) -> bytes | None:
        query = dns.message.from_wire(content)
        (question,) = query.question
        kind = dns.rdatatype.to_text(question.rdtype)
        asked = b".".join(question.name.labels[:-1]).decode("latin-1").lower()
        self.asked.append((asked, kind))
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        records = self.zone.get(asked)
        if records is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
            return reply.to_wire()
        if (kind, "TIMEOUT") in records or (("TIMEOUT", "") in records and kind not in dict(records)):
            return None
        if ("SERVFAIL", "") in records:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire()
        self._put_into(reply, question, kind, records)
        said = reply.to_wire(max_size=65535)
        if len(said) > largest:
            reply.answer, reply.flags = [], reply.flags | dns.flags.TC
            said = reply.to_wire()
        return said

    def _put_into(self, reply: dns.message.Message, question: dns.rrset.RRset, kind: str, records: Records) -> None:
        texts = [_written(known, words) for known, words in records if known == kind]
        if texts:
            reply.answer.append(dns.rrset.from_text_list(question.name, 60, dns.rdataclass.IN, kind, texts))
            return
        for target in (str(words) for known, words in records if known == "CNAME"):
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", "CNAME", f"{target}."))
            name = dns.name.from_text(target)
            more = [_written(known, words) for known, words in self.zone.get(target.lower(), ()) if known == kind]
            if more:
                reply.answer.append(dns.rrset.from_text_list(name, 60, dns.rdataclass.IN, kind, more))


def _written(kind: str, words: str | Sequence[str]) -> str:
    """Return a record as a zone file has it."""
    if kind == "TXT":
        whole = words if isinstance(words, str) else ""
        parts = [whole[at : at + 250] for at in range(0, len(whole), 250)] if whole else words or [""]
        return " ".join('"' + "".join(_escaped(byte) for byte in part.encode()) + '"' for part in parts)
    if kind in ("MX", "PTR", "CNAME"):
        *before, name = str(words).split(" ")
        return " ".join([*before, name.rstrip(".") + "."])
    return str(words)


def _escaped(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03}"
