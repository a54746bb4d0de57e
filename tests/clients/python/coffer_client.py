#!/usr/bin/python3
"""A Coffer client in another language, written from docs/protocol.md alone.

Usage: coffer_client.py HOST:PORT SERVER-KEY KEY-FILE

Prints the secrets as JSON: an array of {"key", "type", "value"}, in the order they came in. Integers are numbers,
booleans are true and false, everything else is text; a float is written so that it reads back exactly.

Exit codes: 0 printed, 1 the protocol was broken or the server is another, 3 the server does not know the key,
4 the server answered Error.

It takes from the `cryptography` package X25519 and ChaCha20-Poly1305, and from the standard library SHA-256 and HMAC.
It is an example and a test, not a product: Python cannot wipe memory.
"""

import hashlib
import hmac
import json
import re
import socket
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

HELLO, LINK, GET, OK_GET, PART, BYE, KEY_NOT_FOUND, ERROR = 0x00, 0x01, 0x02, 0x03, 0x04, 0x99, 0xAA, 0xFF

MAX_COFFER = 1 << 20
TIMEOUT_SECONDS = 10
KEY_TEXT = re.compile(r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{4}(-[0-9A-Fa-f]{4}){15}")


class Violation(Exception):
    """The other side is no Coffer server, is another one, or somebody changed what it said."""


class KeyNotFound(Exception):
    """The server does not know this client's key."""


class ServerError(Exception):
    """The server ended the conversation and said why."""

    def __init__(self, text, is_sealed):
        word, _, explanation = text.partition(":")
        self.word = word.strip()
        self.explanation = explanation.strip()
        self.is_sealed = is_sealed
        super().__init__(f"{self.word}: {self.explanation}" + ("" if is_sealed else " (not sealed: a hint that may be forged)"))


# Noise, revision 34: sections 5.1, 5.2 and 5.3, for the initiator of IK.


class CipherState:
    def __init__(self, key):
        self.key = key
        self._cipher = ChaCha20Poly1305(key)
        self._nonce = 0

    def encrypt(self, plaintext, ad=b""):
        return self._cipher.encrypt(self._next_nonce(), plaintext, ad)

    def decrypt(self, ciphertext, ad=b""):
        try:
            return self._cipher.decrypt(self._next_nonce(), ciphertext, ad)
        except InvalidTag:
            raise Violation("a message does not open") from None

    def _next_nonce(self):
        nonce = struct.pack("<IQ", 0, self._nonce)
        self._nonce += 1
        return nonce


class SymmetricState:
    def __init__(self, protocol_name):
        # A name of at most 32 bytes is padded with zeros; a longer one would be hashed.
        self.h = protocol_name.ljust(32, b"\0")
        self._ck = self.h
        self._cipher = None

    def mix_hash(self, data):
        self.h = hashlib.sha256(self.h + data).digest()

    def mix_key(self, key_material):
        self._ck, key = self._hkdf(key_material)
        self._cipher = CipherState(key)

    def encrypt_and_hash(self, plaintext):
        ciphertext = self._cipher.encrypt(plaintext, self.h)
        self.mix_hash(ciphertext)
        return ciphertext

    def decrypt_and_hash(self, ciphertext):
        plaintext = self._cipher.decrypt(ciphertext, self.h)
        self.mix_hash(ciphertext)
        return plaintext

    def split(self):
        first, second = self._hkdf(b"")
        return CipherState(first), CipherState(second)

    def _hkdf(self, key_material):
        temporary = hmac.digest(self._ck, key_material, "sha256")
        first = hmac.digest(temporary, b"\x01", "sha256")
        return first, hmac.digest(temporary, first + b"\x02", "sha256")


class Initiator:
    def __init__(self, static, server, ephemeral):
        self._s = static
        self._rs = server
        self._e = ephemeral
        self._symmetric = SymmetricState(b"Noise_IK_25519_ChaChaPoly_SHA256")
        self._symmetric.mix_hash(b"Coffer/1")
        self._symmetric.mix_hash(server)

    def write_message(self, payload):
        """-> e, es, s, ss"""
        e = public_bytes(self._e)
        self._symmetric.mix_hash(e)
        self._symmetric.mix_key(agree(self._e, self._rs))
        s = self._symmetric.encrypt_and_hash(public_bytes(self._s))
        self._symmetric.mix_key(agree(self._s, self._rs))
        return e + s + self._symmetric.encrypt_and_hash(payload)

    def read_message(self, message):
        """<- e, ee, se"""
        re, sealed = message[:32], message[32:]
        self._symmetric.mix_hash(re)
        self._symmetric.mix_key(agree(self._e, re))
        self._symmetric.mix_key(agree(self._s, re))
        return self._symmetric.decrypt_and_hash(sealed)

    @property
    def hash(self):
        """The transcript's hash, which both sides share."""
        return self._symmetric.h

    def split(self):
        """What this side sends with, and what it receives with."""
        return self._symmetric.split()


def public_bytes(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def agree(secret, public):
    try:
        return secret.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise Violation("an exchange gives the all-zero secret") from None


# protocol.md sections 1 to 3 and 6.


class Conversation:
    def __init__(self, address, server_key, key):
        self._public = public_bytes(key)
        self._handshake = Initiator(key, server_key, X25519PrivateKey.generate())
        self._send = self._receive = None
        self._socket = socket.create_connection(address, timeout=TIMEOUT_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def link(self):
        self._send_frame(HELLO, self._handshake.write_message(bytes([HELLO])))
        kind, body = self._receive_frame()
        if kind == ERROR:
            raise ServerError(body.decode("utf-8", "replace"), is_sealed=False)
        if (kind, len(body)) not in ((LINK, 49), (KEY_NOT_FOUND, 81)):
            raise Violation("the answer to Hello is none")

        payload = self._handshake.read_message(body)
        if kind == KEY_NOT_FOUND and payload == bytes([KEY_NOT_FOUND]) + self._public:
            raise KeyNotFound(key_text(self._public))
        if kind != LINK or payload != bytes([LINK]):
            raise Violation("the answer to Hello says something else than its header")
        self._send, self._receive = self._handshake.split()

    def get(self):
        self._send_sealed(GET, b"")
        coffer = bytearray()
        while True:
            kind, body = self.receive_sealed()
            if kind not in (PART, OK_GET):
                raise Violation("the answer to Get is none")
            coffer += body
            if len(coffer) > MAX_COFFER:
                raise Violation("the coffer is longer than 1 MiB")
            if kind == OK_GET:
                return decode_coffer(bytes(coffer))

    def bye(self):
        self._send_sealed(BYE, self._public)

    def receive_sealed(self):
        kind, body = self._receive_frame()
        plaintext = self._receive.decrypt(body)
        if plaintext[:1] != bytes([kind]):
            raise Violation("a message repeats another type than its header's")
        if kind == ERROR:
            raise ServerError(plaintext[1:].decode("utf-8", "replace"), is_sealed=True)
        return kind, plaintext[1:]

    def _send_sealed(self, kind, body):
        self._send_frame(kind, self._send.encrypt(bytes([kind]) + body))

    def _send_frame(self, kind, body):
        self._socket.sendall(struct.pack(">HB", len(body), kind) + body)

    def _receive_frame(self):
        length, kind = struct.unpack(">HB", self._receive_exactly(3))
        return kind, self._receive_exactly(length)

    def _receive_exactly(self, length):
        received = bytearray()
        while len(received) < length:
            some = self._socket.recv(length - len(received))
            if not some:
                raise Violation("the server closed in the middle of the conversation")
            received += some
        return bytes(received)


# protocol.md section 5: the part of CBOR that a coffer is written in.


class Float(float):
    pass


class Tagged:
    def __init__(self, tag, value):
        self.tag = tag
        self.value = value


DATES = {0: "offset date-time", 32801: "local date-time", 1004: "local date", 32802: "local time"}


class CborReader:
    def __init__(self, data):
        self._data = data
        self._at = 0

    def read_all(self):
        item = self._item(depth=0)
        if self._at != len(self._data):
            raise Violation("something follows the coffer")
        return item

    def _item(self, depth):
        if depth > 4:
            raise Violation("CBOR nested deeper than a coffer is")
        major, argument, width = self._head()
        if major == 0:
            return argument
        if major == 1:
            return -1 - argument
        if major == 3:
            return self._text(argument)
        if major == 4:
            return [self._item(depth + 1) for _ in range(argument)]
        if major == 5:
            return [(self._item(depth + 1), self._item(depth + 1)) for _ in range(argument)]
        if major == 6:
            return Tagged(argument, self._item(depth + 1))
        if major == 7 and width == 0 and argument in (20, 21):
            return argument == 21
        if major == 7 and width == 8:
            return Float(struct.unpack(">d", argument.to_bytes(8, "big"))[0])
        raise Violation("CBOR of a type that no coffer holds")

    def _head(self):
        first = self._take(1)[0]
        major, low = first >> 5, first & 0x1F
        if low < 24:
            return major, low, 0
        if low > 27:
            raise Violation("CBOR of indefinite length")
        width = 1 << (low - 24)
        argument = int.from_bytes(self._take(width), "big")
        shortest = 24 if width == 1 else 1 << (4 * width)
        if major != 7 and argument < shortest:
            raise Violation("CBOR that is not in its shortest form")
        return major, argument, width

    def _text(self, length):
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise Violation("text that is no UTF-8") from None

    def _take(self, length):
        if length > len(self._data) - self._at:
            raise Violation("CBOR that ends too early")
        self._at += length
        return self._data[self._at - length : self._at]


def decode_coffer(data):
    """The secrets as a list of (key, type, value)."""
    coffer = CborReader(data).read_all()
    if not isinstance(coffer, list):
        raise Violation("the coffer is no array")
    secrets = [decode_secret(secret) for secret in coffer]
    keys = [key.encode("utf-8") for key, _, _ in secrets]
    if any(left >= right for left, right in zip(keys, keys[1:])):
        raise Violation("the keys of the coffer are not in order")
    return secrets


def decode_secret(secret):
    match secret:
        case [("key", str(key)), ("value", value)]:
            return (key, *typed(value))
    raise Violation("a secret is no map of a key and a value")


def typed(value):
    match value:
        case bool():
            return "boolean", value
        case int() if -(1 << 63) <= value < 1 << 63:
            return "integer", value
        case Float():
            return "float", float.__repr__(value)
        case str():
            return "string", value
        case Tagged(tag=tag, value=str(text)) if tag in DATES:
            return DATES[tag], text
    raise Violation("a value of a type that no secret has")


# protocol.md section 4.


def key_text(public):
    digits = public.hex().upper()
    return "-".join(digits[i : i + 4] for i in range(0, 64, 4))


def parse_key(text):
    if not KEY_TEXT.fullmatch(text):
        raise ValueError("not a public key")
    return bytes.fromhex(text.replace("-", ""))


def read_key_file(path):
    with open(path, "rb") as file:
        key = load_pem_private_key(file.read(), password=None)
    if not isinstance(key, X25519PrivateKey):
        raise ValueError("not an X25519 key")
    return key


def fetch(address, server_key, key):
    with Conversation(address, server_key, key) as conversation:
        conversation.link()
        secrets = conversation.get()
        conversation.bye()
        return secrets


def main(arguments):
    if len(arguments) != 3:
        print("usage: coffer_client.py HOST:PORT SERVER-KEY KEY-FILE", file=sys.stderr)
        return 2
    host, _, port = arguments[0].rpartition(":")
    try:
        secrets = fetch((host, int(port)), parse_key(arguments[1]), read_key_file(arguments[2]))
    except (Violation, OSError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyNotFound as problem:
        print(f"key not found: {problem}", file=sys.stderr)
        return 3
    except ServerError as problem:
        print(f"server error: {problem}", file=sys.stderr)
        return 4
    json.dump([{"key": key, "type": kind, "value": value} for key, kind, value in secrets], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
