"""A file being made that nobody finds before it is kept: written once, hashed on the way, on the disk once it is named.

On Linux it has no name until then (O_TMPFILE): a worker that dies in the middle leaves nothing behind. Elsewhere it
is a temporary file, moved at the end.
"""

import hashlib
import io
import os
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

ASIDE = 128 * 1024  # pieces of so many bytes are worth another thread
SEND_AHEAD = 1024 * 1024  # so many bytes at a time are sent to the disk early, that `keep` has little to wait for

_aside = ThreadPoolExecutor(max_workers=8, thread_name_prefix="spool")  # hashing and the disk leave Python's lock alone


class Window(io.RawIOBase):
    """Part of an open file as a file to read from. Closing it leaves the file open."""

    def __init__(self, file: IO[bytes], start: int, length: int) -> None:
        super().__init__()
        self._file, self._start, self._length, self._at = file, start, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = max(min(len(buffer), self._length - self._at), 0)
        self._file.seek(self._start + self._at)
        found = self._file.read(count)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


class Spool:
    """Write, then `keep` under a name and `settle`, or only `close`, which forgets it."""

    def __init__(self, folder: str) -> None:
        """`folder` of the default storage is where it will be kept."""
        self.size, self._sent, self._digest = 0, 0, hashlib.sha256()
        self._temporary: str | None = None
        self._putting: Future[None] | None = None
        self._syncing: Future[None] | None = None
        place = _local(folder)
        if place is None:
            self._file: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` closes it
            return
        place.mkdir(parents=True, exist_ok=True)
        mode = settings.FILE_UPLOAD_PERMISSIONS or 0o600
        try:
            descriptor = os.open(place, os.O_RDWR | os.O_TMPFILE, mode)
        except (AttributeError, OSError):  # not Linux, or a file system that knows no nameless files
            descriptor, self._temporary = tempfile.mkstemp(dir=place, prefix="unkept-")
            os.chmod(self._temporary, mode)
        self._file = os.fdopen(descriptor, "r+b", buffering=0)

    @property
    def sha256(self) -> str:
        self._written()
        return self._digest.hexdigest()

    def write(self, data: bytes | memoryview) -> None:
        """`data` is not changed afterwards: a large piece is hashed and written beside what its sender does next.

        Raises OSError when the disk refused this piece or the one before.
        """
        start, self.size = self.size, self.size + len(data)
        self._written()
        if len(data) < ASIDE:
            self._put(data, start)
        else:
            self._putting = _aside.submit(self._put, data, start)

    def _written(self) -> None:
        if self._putting is not None:
            self._putting.result()
            self._putting = None

    def _put(self, data: bytes | memoryview, start: int) -> None:
        self._digest.update(data)
        descriptor, rest = self._file.fileno(), memoryview(data)
        while rest:  # one call writes all of it, but for a full disk, which raises at the next
            written = os.pwrite(descriptor, rest, start)
            rest, start = rest[written:], start + written
        if start - self._sent >= SEND_AHEAD and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, self._sent, start - self._sent, os.POSIX_FADV_DONTNEED)
            self._sent = start

    def window(self, start: int, length: int) -> Window:
        self._written()
        return Window(self._file, start, length)

    def keep(self, name: str) -> None:
        """Give it a name in the default storage, which must be new there. It is on its way to the disk meanwhile:
        `settle` before anyone is told that it is kept."""
        self._written()
        place = _local(name)
        if place is None:
            self._file.seek(0)
            default_storage.save(name, File(self._file, name))  # an object store answers when it has it
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            if self._temporary is None:
                # By the folder's descriptor: only then Python calls linkat, which follows the link under /proc.
                os.link(f"/proc/self/fd/{self._file.fileno()}", place.name, dst_dir_fd=folder, follow_symlinks=True)
            else:
                os.rename(self._temporary, place)
                self._temporary = None
        except BaseException:
            os.close(folder)
            raise
        self._syncing = _aside.submit(self._sync, folder)

    def _sync(self, folder: int) -> None:
        try:
            os.fsync(self._file.fileno())
            os.fsync(folder)
        finally:
            os.close(folder)

    def settle(self) -> None:
        """Returns when what was kept outlives a power cut. Raises OSError when the disk refused it."""
        if self._syncing is not None:
            self._syncing.result()

    def close(self) -> None:
        wait([one for one in (self._putting, self._syncing) if one is not None])
        self._file.close()
        if self._temporary is not None:
            os.unlink(self._temporary)
            self._temporary = None


def _local(name: str) -> Path | None:
    """Where the default storage has it on this machine's disk; None when it is elsewhere."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        return None
