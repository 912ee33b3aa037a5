"""Files that lie on the disk only encrypted: pieces of 64 KiB, AES-256-GCM, readable from any place.

A file is `MINFUENC` 0x01, a salt of 16 bytes, then the pieces, each with its tag of 16 bytes. The key comes from a
secret and the salt; a piece's number is its nonce (a key is used for one file only), and the last piece says that it
is the last, so that nothing can be cut off, swapped or put in unseen.
"""

import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from typing import IO, Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, default_storage

MAGIC = b"MINFUENC\x01"
SALT, TAG = 16, 16
HEAD = len(MAGIC) + SALT
PIECE = 64 * 1024


class Unreadable(Exception):
    """The file was changed or cut off, or none of the keys opens it."""


def even(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of PIECE; the last one may be shorter, and of nothing at all comes one empty piece."""
    rest = bytearray()
    for piece in pieces:
        rest += piece
        while len(rest) > PIECE:
            yield bytes(rest[:PIECE])
            del rest[:PIECE]
    yield bytes(rest)


class PulledStream(io.RawIOBase):
    """An iterator of bytes as a file to read from: nothing is made before it is asked for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__()
        self._pieces, self._rest = iter(pieces), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            if (piece := next(self._pieces, None)) is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


class FingerprintedStream(PulledStream):
    """Knows the SHA-256 and the size of what has been read from it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._digest, self.size = hashlib.sha256(), 0
        super().__init__(self._counted(pieces))

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._digest.update(piece)
            self.size += len(piece)
            yield piece

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _key(secret: bytes, salt: bytes) -> AESGCM:
    return AESGCM(hashlib.blake2b(salt, key=hashlib.sha256(secret).digest(), digest_size=32).digest())


def _last(is_last: bool) -> bytes:
    return b"last" if is_last else b"more"


class Sink(Protocol):
    def write(self, data: memoryview | bytes, /) -> object: ...


class EncryptedWriter:
    """Encrypts what is written into a file that it does not close."""

    def __init__(self, into: Sink, secret: bytes) -> None:
        salt = os.urandom(SALT)
        self._into, self._box, self._number, self._rest = into, _key(secret, salt), 0, bytearray()
        into.write(MAGIC + salt)

    def write(self, data: bytes) -> None:
        rest, start = self._rest, 0
        whole = (len(rest) + len(data) - 1) // PIECE  # the last byte stays: only `finish` knows which piece is last
        if whole <= 0:
            rest += data
            return
        into, stored = memoryview(bytearray(whole * (PIECE + TAG))), PIECE + TAG
        with memoryview(data) as view:
            for number in range(whole):
                end = (number + 1) * PIECE - len(rest)
                piece = rest + view[:end] if number == 0 and rest else view[start:end]
                self._put(piece, into[number * stored : (number + 1) * stored], is_last=False)
                start = end
            self._rest = bytearray(view[start:])
        self._into.write(into)  # all at once: who hashes and writes it has less to begin anew

    def finish(self) -> None:
        into = memoryview(bytearray(len(self._rest) + TAG))
        self._put(self._rest, into, is_last=True)
        self._into.write(into)
        self._rest.clear()

    def _put(self, piece: memoryview | bytearray, into: memoryview, *, is_last: bool) -> None:
        self._box.encrypt_into(self._number.to_bytes(12, "big"), piece, _last(is_last), into)
        self._number += 1


def encrypted(pieces: Iterable[bytes], secret: bytes) -> Iterator[bytes]:
    """The encrypted file, piece by piece."""
    salt = os.urandom(SALT)
    box, number = _key(secret, salt), 0
    yield MAGIC + salt
    last: bytes | None = None
    for piece in even(pieces):
        if last is not None:
            yield box.encrypt(number.to_bytes(12, "big"), last, _last(False))
            number += 1
        last = piece
    yield box.encrypt(number.to_bytes(12, "big"), last or b"", _last(True))


class EncryptedReader(io.RawIOBase):
    """The plain bytes of an encrypted file. Raises Unreadable when it was changed."""

    def __init__(self, file: IO[bytes] | io.RawIOBase, secrets: Iterable[bytes]) -> None:
        super().__init__()
        self._file, self._at, self._number, self._piece = file, 0, -1, b""
        file.seek(0, io.SEEK_END)
        stored = file.tell()
        file.seek(0)
        head = file.read(HEAD)
        if len(head) != HEAD or not head.startswith(MAGIC) or stored < HEAD + TAG:
            raise Unreadable
        whole, rest = divmod(stored - HEAD, PIECE + TAG)
        self._last = whole if rest else whole - 1
        self.size = stored - HEAD - TAG * (self._last + 1)
        for secret in secrets:
            self._box = _key(secret, head[len(MAGIC) :])
            try:
                self._load(0)
            except Unreadable:
                continue
            return
        raise Unreadable

    def _load(self, number: int) -> None:
        self._file.seek(HEAD + number * (PIECE + TAG))
        stored = self._file.read(PIECE + TAG)
        try:
            self._piece = self._box.decrypt(number.to_bytes(12, "big"), stored, _last(number == self._last))
        except (InvalidTag, ValueError):
            raise Unreadable from None
        self._number = number

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size:
            return 0
        number, within = divmod(self._at, PIECE)
        if number != self._number:
            self._load(number)
        piece = self._piece[within : within + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()


def _secrets() -> list[bytes]:
    return [f"file:{key}".encode() for key in settings.FIELD_KEYS]


class EncryptedStorage(Storage):
    """The default storage, with every file encrypted under FIELD_KEYS: the first encrypts, all decrypt."""

    def _open(self, name: str, mode: str = "rb") -> File:
        reader = EncryptedReader(default_storage.open(name, "rb"), _secrets())
        return File(io.BufferedReader(reader, PIECE), name)

    def _save(self, name: str, content: File) -> str:
        stream: Any = PulledStream(encrypted(content.chunks(), _secrets()[0]))
        return default_storage.save(name, File(stream, name))

    def delete(self, name: str) -> None:
        default_storage.delete(name)

    def exists(self, name: str) -> bool:
        return default_storage.exists(name)

    def size(self, name: str) -> int:
        """Of the plain content."""
        with self.open(name) as file:
            return file.file.raw.size


def encrypted_storage() -> Storage:
    """For `FileField(storage=…)`: migrations keep the name of this function."""
    return EncryptedStorage()
