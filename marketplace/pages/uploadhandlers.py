"""Large uploads wait for their view encrypted: nothing that is being sent ever lies on the disk in the clear."""

import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.poly1305 import Poly1305
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.crypto import salted_hmac

from .encryptedfiles import PIECE, EncryptedReader, EncryptedWriter
from .spools import Spool


class EncryptedUpload(UploadedFile):
    """An upload whose bytes lie in a nameless temporary file, under a key that only this request's memory holds."""

    fingerprint = ""  # tells its plain content from any other to this portal, and to nobody else anything


@dataclass(frozen=True)
class SpooledPart:
    """Where in a spool an encrypted file lies, and the secret that opens it."""

    spool: Spool
    start: int
    length: int
    secret: bytes


class SpooledUpload(EncryptedUpload):
    """An upload that lies in a spool, which may be kept as it is: it need not be encrypted a second time."""

    part: SpooledPart
    sha256 = ""  # of the plain content, where it was asked for


def _fingerprint() -> Poly1305:
    """A tenth of the time that SHA-256 takes. Nobody can make two files of the same one who does not know the key."""
    return Poly1305(salted_hmac(__name__, "fingerprint", algorithm="sha256").digest())


class EncryptedUploadHandler(FileUploadHandler):
    """In place of Django's TemporaryFileUploadHandler, behind the one that keeps small files in memory."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._secret = os.urandom(32)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the upload
        self._writer, self._mark = EncryptedWriter(self._file, self._secret), _fingerprint()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._mark.update(raw_data)
        self._writer.write(raw_data)

    def file_complete(self, file_size: int) -> EncryptedUpload:
        self._writer.finish()
        reader = io.BufferedReader(EncryptedReader(self._file, [self._secret]), PIECE)
        upload = EncryptedUpload(reader, self.file_name, self.content_type, file_size, self.charset)
        upload.fingerprint = self._mark.finalize().hex()
        return upload

    def upload_interrupted(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


class SpoolingUploadHandler(FileUploadHandler):
    """All files of a request into one spool, each encrypted under a secret of its own as it comes in.

    `hashed`: SHA-256 of the plain content is wanted too.
    """

    chunk_size = 512 * 1024

    def __init__(self, request: Any = None, *, spool: Spool, hashed: bool = False) -> None:
        super().__init__(request)
        self._spool, self._is_hashed = spool, hashed

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._secret, self._start, self._mark = os.urandom(32), self._spool.size, _fingerprint()
        self._writer, self._digest = EncryptedWriter(self._spool, self._secret), hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._mark.update(raw_data)
        if self._is_hashed:
            self._digest.update(raw_data)
        self._writer.write(raw_data)

    def file_complete(self, file_size: int) -> SpooledUpload:
        self._writer.finish()
        part = SpooledPart(self._spool, self._start, self._spool.size - self._start, self._secret)
        reader = EncryptedReader(self._spool.window(part.start, part.length), [part.secret])
        file = io.BufferedReader(reader, PIECE)
        upload = SpooledUpload(file, self.file_name, self.content_type, file_size, self.charset)
        upload.fingerprint, upload.part = self._mark.finalize().hex(), part
        upload.sha256 = self._digest.hexdigest() if self._is_hashed else ""
        return upload
