"""The cryptography of sealed bids, and nothing else: no tables, no people.

A tender has an X25519 key pair. The private half is split 2-of-3 (Shamir over its two 16-byte halves) and each share
is sealed to the public key of one custodian, whose own private key lies in a box that only their passphrase opens
(argon2id). An envelope is written once, from front to end: its files, each encrypted under a secret of its own in
pieces of 64 KiB (AES-256-GCM, marketplace.pages.encryptedfiles), then the manifest (prices, words, names and the
secrets of the files) sealed to the tender's public key, its length, and nine bytes that name the format
(docs/decisions/0018).
"""

import io
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import nacl.exceptions
import nacl.pwhash
import nacl.utils
from Crypto.Protocol.SecretSharing import Shamir
from django.conf import settings
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from marketplace.pages import encryptedfiles
from marketplace.pages.encryptedfiles import PIECE, EncryptedReader, EncryptedWriter
from marketplace.pages.spools import Spool, Window
from marketplace.pages.uploadhandlers import SpooledPart

MAGIC = b"MINFUBID"
VERSION = b"\x02"
LENGTH = 8  # bytes that say how long the sealed manifest is
SHARES, NEEDED = 3, 2


class WrongPassphrase(Exception):
    """The passphrase does not open the custodian's box."""


class Unreadable(Exception):
    """An envelope that does not open; `code` names the cause."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class WrappedKey:
    """A custodian's key pair as it is stored."""

    public_key: bytes
    wrapped_private_key: bytes
    salt: bytes
    opslimit: int
    memlimit: int


def _box(passphrase: str, salt: bytes, opslimit: int, memlimit: int) -> SecretBox:
    key = nacl.pwhash.argon2id.kdf(SecretBox.KEY_SIZE, passphrase.encode(), salt, opslimit, memlimit)
    return SecretBox(key)


def make_custodian_key(passphrase: str) -> WrappedKey:
    """A new key pair whose private half only the passphrase opens."""
    pair = PrivateKey.generate()
    salt = nacl.utils.random(nacl.pwhash.argon2id.SALTBYTES)
    opslimit, memlimit = settings.CUSTODIAN_OPSLIMIT, settings.CUSTODIAN_MEMLIMIT
    wrapped = _box(passphrase, salt, opslimit, memlimit).encrypt(bytes(pair))
    return WrappedKey(bytes(pair.public_key), bytes(wrapped), salt, opslimit, memlimit)


def open_custodian_key(key: WrappedKey, passphrase: str) -> bytes:
    """The custodian's private key. Raises WrongPassphrase."""
    box = _box(passphrase, bytes(key.salt), key.opslimit, key.memlimit)
    try:
        return box.decrypt(bytes(key.wrapped_private_key))
    except nacl.exceptions.CryptoError:
        raise WrongPassphrase from None


def make_tender_key() -> tuple[bytes, list[bytes]]:
    """The public key and three shares of the private one, which is forgotten here. Share n has index n (from 1)."""
    pair = PrivateKey.generate()
    secret = bytes(pair)
    halves = [Shamir.split(NEEDED, SHARES, half) for half in (secret[:16], secret[16:])]
    shares = [first[1] + second[1] for first, second in zip(*halves, strict=True)]
    return bytes(pair.public_key), shares


def join_shares(public_key: bytes, first: tuple[int, bytes], second: tuple[int, bytes]) -> bytes:
    """The private key from two numbered shares. Raises Unreadable("key") when they don't belong to this key."""
    halves = [Shamir.combine([(index, share[part]) for index, share in (first, second)]) for part in (_A, _B)]
    secret = b"".join(halves)
    if bytes(PrivateKey(secret).public_key) != bytes(public_key):
        raise Unreadable("key")
    return secret


_A, _B = slice(0, 16), slice(16, 32)


def seal_to(public_key: bytes, message: bytes) -> bytes:
    """Only the holder of the private key reads it; not even the sender can open it again."""
    return SealedBox(PublicKey(bytes(public_key))).encrypt(message)


def unseal(private_key: bytes, sealed: bytes) -> bytes:
    """Raises Unreadable("sealed")."""
    try:
        return SealedBox(PrivateKey(private_key)).decrypt(bytes(sealed))
    except (nacl.exceptions.CryptoError, ValueError, TypeError):
        raise Unreadable("sealed") from None


def add_file(spool: Spool, described: dict[str, Any], pieces: Iterable[bytes]) -> dict[str, Any]:
    """Encrypt a file into the spool under a secret of its own; what the manifest is to say of it."""
    start, secret = spool.size, os.urandom(32)
    writer = EncryptedWriter(spool, secret)
    for piece in pieces:
        writer.write(piece)
    writer.finish()
    return described | where(SpooledPart(spool, start, spool.size - start, secret))


def where(part: SpooledPart) -> dict[str, Any]:
    """Place and secret of an encrypted file, as a manifest keeps them."""
    return {"start": part.start, "length": part.length, "secret": part.secret.hex()}


def finish(spool: Spool, public_key: bytes, manifest: dict[str, Any]) -> None:
    """The end of an envelope: what was bid, and the secrets of the files, sealed to the tender."""
    sealed = seal_to(public_key, json.dumps(manifest, ensure_ascii=False).encode())
    spool.write(sealed + len(sealed).to_bytes(LENGTH, "big") + MAGIC + VERSION)


class OpenedEnvelope:
    """A sealed file being read: its manifest, and any of its files in pieces. Raises Unreadable."""

    def __init__(self, private_key: bytes, sealed: IO[bytes]) -> None:
        self._sealed, tail = sealed, len(MAGIC) + len(VERSION)
        end = sealed.seek(0, io.SEEK_END) - tail - LENGTH
        if end < 0:
            raise Unreadable("truncated")
        sealed.seek(end)
        length = int.from_bytes(sealed.read(LENGTH), "big")
        if sealed.read(tail) != MAGIC + VERSION:
            raise Unreadable("format")
        if length > end:
            raise Unreadable("truncated")
        self._end = end - length
        sealed.seek(self._end)
        try:
            self.manifest: dict[str, Any] = json.loads(unseal(private_key, sealed.read(length)))
        except ValueError:
            raise Unreadable("content") from None

    def file_pieces(self, described: dict[str, Any]) -> Iterator[bytes]:
        """The plain bytes of a file that the manifest describes. Raises Unreadable, KeyError, TypeError, ValueError."""
        start, length = int(described["start"]), int(described["length"])
        if start < 0 or length < 0 or start + length > self._end:
            raise Unreadable("content")
        try:
            reader = EncryptedReader(Window(self._sealed, start, length), [bytes.fromhex(described["secret"])])
            if reader.size != described["size"]:
                raise Unreadable("content")
            while piece := reader.read(PIECE):
                yield piece
        except encryptedfiles.Unreadable:
            raise Unreadable("tampered") from None
