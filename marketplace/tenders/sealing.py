"""The cryptography of sealed bids, and nothing else: no tables, no people.

A tender has an X25519 key pair. The private half is split 2-of-3 (Shamir over its two 16-byte halves) and each share
is sealed to the public key of one custodian, whose own private key lies in a box that only their passphrase opens
(argon2id). A bid is packed, encrypted in 64 KiB pieces (XChaCha20-Poly1305 secretstream) under a random key, and that
key is sealed to the tender's public key. Formats are versioned by their first eight bytes.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import nacl.exceptions
import nacl.pwhash
import nacl.utils
from Crypto.Protocol.SecretSharing import Shamir
from django.conf import settings
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_ABYTES,
    crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    crypto_secretstream_xchacha20poly1305_init_pull,
    crypto_secretstream_xchacha20poly1305_init_push,
    crypto_secretstream_xchacha20poly1305_keygen,
    crypto_secretstream_xchacha20poly1305_pull,
    crypto_secretstream_xchacha20poly1305_push,
    crypto_secretstream_xchacha20poly1305_state,
    crypto_secretstream_xchacha20poly1305_TAG_FINAL,
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
)
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from marketplace.pages.encryptedfiles import PIECE, even

MAGIC = b"MINFUBID"
VERSION = b"\x01"
SEALED_KEY = 32 + 48  # a sealed box adds 48 bytes to the 32 of the key
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


def _plain(manifest: dict[str, Any], files: Iterable[IO[bytes]]) -> Iterator[bytes]:
    head = json.dumps(manifest, ensure_ascii=False).encode()
    yield len(head).to_bytes(8, "big") + head
    for file in files:
        while piece := file.read(PIECE):
            yield piece


def sealed_pieces(public_key: bytes, manifest: dict[str, Any], files: Iterable[IO[bytes]]) -> Iterator[bytes]:
    """The sealed bid, made piece by piece as it is read: no bid is ever whole in memory."""
    key = crypto_secretstream_xchacha20poly1305_keygen()
    state = crypto_secretstream_xchacha20poly1305_state()
    header = crypto_secretstream_xchacha20poly1305_init_push(state, key)
    yield MAGIC + VERSION + seal_to(public_key, key) + header
    pieces = even(_plain(manifest, files))
    last = next(pieces)
    for piece in pieces:
        yield crypto_secretstream_xchacha20poly1305_push(
            state, last, None, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
        )
        last = piece
    yield crypto_secretstream_xchacha20poly1305_push(state, last, None, crypto_secretstream_xchacha20poly1305_TAG_FINAL)


class OpenedBid:
    """A sealed bid being read: first its manifest, then its files in order, each in pieces."""

    def __init__(self, private_key: bytes, sealed: IO[bytes]) -> None:
        head = sealed.read(len(MAGIC) + len(VERSION))
        if head != MAGIC + VERSION:
            raise Unreadable("format")
        key = unseal(private_key, sealed.read(SEALED_KEY))
        self._state = crypto_secretstream_xchacha20poly1305_state()
        header = sealed.read(crypto_secretstream_xchacha20poly1305_HEADERBYTES)
        if len(header) != crypto_secretstream_xchacha20poly1305_HEADERBYTES:
            raise Unreadable("truncated")
        crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, key)
        self._sealed, self._rest, self._ended = sealed, b"", False
        size = int.from_bytes(self._take(8), "big")
        try:
            self.manifest: dict[str, Any] = json.loads(self._take(size))
        except ValueError:
            raise Unreadable("content") from None

    def _pull(self) -> bytes:
        if self._ended:
            raise Unreadable("truncated")
        piece = self._sealed.read(PIECE + crypto_secretstream_xchacha20poly1305_ABYTES)
        try:
            plain, tag = crypto_secretstream_xchacha20poly1305_pull(self._state, piece, None)
        except (RuntimeError, ValueError, TypeError, nacl.exceptions.CryptoError):
            raise Unreadable("tampered") from None
        self._ended = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL
        return plain

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._rest += self._pull()
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def file_pieces(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes. Raises Unreadable."""
        while size:
            piece = self._take(min(size, PIECE))
            size -= len(piece)
            yield piece

    def finish(self) -> None:
        """Raises Unreadable("content") when something is left over."""
        if self._rest or not self._ended:
            raise Unreadable("content")
