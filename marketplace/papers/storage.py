"""Where papers lie: what names a person only encrypted, all else as it is, for anybody may have it."""

from typing import Any

from django.core.files import File
from django.core.files.storage import Storage, default_storage

from marketplace.pages.encryptedfiles import EncryptedStorage

PUBLIC, PRIVATE = "papers/", "papers/private/"


class PaperStorage(EncryptedStorage):
    """The name of a file says whether it is encrypted."""

    def _open(self, name: str, mode: str = "rb") -> File:
        return super()._open(name, mode) if name.startswith(PRIVATE) else default_storage.open(name, mode)

    def _save(self, name: str, content: Any) -> str:
        return super()._save(name, content) if name.startswith(PRIVATE) else default_storage.save(name, content)

    def path(self, name: str) -> str:
        """Where it lies on the disk, as it lies there."""
        return default_storage.path(name)

    def size(self, name: str) -> int:
        return super().size(name) if name.startswith(PRIVATE) else default_storage.size(name)


def paper_storage() -> Storage:
    """For `FileField(storage=…)`: migrations keep the name of this function."""
    return PaperStorage()
