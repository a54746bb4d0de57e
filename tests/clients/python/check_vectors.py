#!/usr/bin/python3
"""Checks coffer_client.py against the vectors in the appendix of protocol.md.

Usage: check_vectors.py PROTOCOL.MD
"""

import hashlib
import re
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import coffer_client as client


def read_vectors(path):
    with open(path, encoding="utf-8") as file:
        appendix = file.read().split("\n## Appendix", 1)[1]
    vectors = re.findall(r"^(\S.*):\n((?:  [0-9a-f]+\n)+)", appendix, re.MULTILINE)
    return {name: bytes.fromhex("".join(digits.split())) for name, digits in vectors}


def frame(kind, body):
    return struct.pack(">HB", len(body), kind) + body


def body_of(kind, whole):
    assert whole[:3] == struct.pack(">HB", len(whole) - 3, kind), f"header of type {kind:02x}"
    return whole[3:]


class Checker:
    def __init__(self, vectors):
        self._vectors = vectors
        self._unchecked = set(vectors)

    def __getitem__(self, name):
        """A vector that is taken for given, or opened."""
        self._unchecked.discard(name)
        return self._vectors[name]

    def check(self, name, computed):
        assert self[name] == computed, f"{name}: {computed.hex()}"

    def finish(self):
        assert not self._unchecked, f"not checked: {self._unchecked}"
        return len(self._vectors)


def initiator(vectors):
    keys = [X25519PrivateKey.from_private_bytes(vectors[f"{name} secret key"]) for name in ("client's", "client's ephemeral")]
    return client.Initiator(keys[0], vectors["server's public key"], keys[1])


def link_up(vectors):
    handshake = initiator(vectors)
    vectors.check("Hello frame", frame(client.HELLO, handshake.write_message(bytes([client.HELLO]))))
    assert handshake.read_message(body_of(client.LINK, vectors["Link frame"])) == bytes([client.LINK])
    return handshake


def main(path):
    vectors = Checker(read_vectors(path))
    for name in ("client's", "server's"):
        secret = X25519PrivateKey.from_private_bytes(vectors[f"{name} secret key"])
        vectors.check(f"{name} public key", client.public_bytes(secret))
    server_ephemeral = X25519PrivateKey.from_private_bytes(vectors["server's ephemeral secret key"])
    assert vectors["Link frame"][3:35] == client.public_bytes(server_ephemeral), "the server's ephemeral key"

    handshake = link_up(vectors)
    vectors.check("handshake hash", handshake.hash)
    send, receive = handshake.split()
    vectors.check("key of client's messages", send.key)
    vectors.check("key of server's messages", receive.key)
    vectors.check("Get frame", frame(client.GET, send.encrypt(bytes([client.GET]))))
    opened = receive.decrypt(body_of(client.OK_GET, vectors["OkGet frame"]))
    vectors.check("coffer", opened[1:])
    assert opened[0] == client.OK_GET
    assert client.decode_coffer(opened[1:]) == [
        ("BOOLEAN", "boolean", True),
        ("FLOAT", "float", "1.0"),
        ("INTEGER", "integer", -5432),
        ("LOCAL_DATE", "local date", "2026-11-24"),
        ("LOCAL_DATE_TIME", "local date-time", "2026-11-24T10:00:00.120"),
        ("LOCAL_TIME", "local time", "10:00:00"),
        ("MOMENT", "offset date-time", "2026-11-24T10:00:00-07:30"),
        ("TEXT", "string", "ü水😀"),
        ("～", "integer", 1),
        ("😀", "integer", 2),
    ]
    vectors.check("Bye frame", frame(client.BYE, send.encrypt(bytes([client.BYE]) + vectors["client's public key"])))

    handshake = initiator(vectors)
    handshake.write_message(bytes([client.HELLO]))
    not_found = handshake.read_message(body_of(client.KEY_NOT_FOUND, vectors["KeyNotFound frame in the place of Link"]))
    assert not_found == bytes([client.KEY_NOT_FOUND]) + vectors["client's public key"]

    _, receive = link_up(vectors).split()
    error = receive.decrypt(body_of(client.ERROR, vectors["Error frame in the place of OkGet"]))
    assert error == bytes([client.ERROR]) + b"unavailable: try another server"
    assert body_of(client.ERROR, vectors["Error frame before Link"]) == b"busy: try again later"

    # The long coffer by hand: an array of 1, a map of 2, "key", "K", "value", and a text with its length in four bytes.
    coffer = b"\x81\xa2\x63key\x61K\x65value\x7a" + struct.pack(">I", 100_000) + b"x" * 100_000
    _, send_of_server = link_up(vectors).split()
    part = frame(client.PART, send_of_server.encrypt(bytes([client.PART]) + coffer[:65_518]))
    last = frame(client.OK_GET, send_of_server.encrypt(bytes([client.OK_GET]) + coffer[65_518:]))
    vectors.check("SHA-256 of the long coffer", hashlib.sha256(coffer).digest())
    vectors.check("SHA-256 of its Part frame", hashlib.sha256(part).digest())
    vectors.check("SHA-256 of its OkGet frame", hashlib.sha256(last).digest())

    print(f"{vectors.finish()} vectors agree")


if __name__ == "__main__":
    main(sys.argv[1])
