"""What comes in is encrypted, hashed and written once, whatever the pieces it comes in; a task is asked for once."""

import hashlib
import random
from contextlib import closing

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django_tasks_db.models import DBTaskResult
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.pages.afterwards import afterwards
from marketplace.pages.encryptedfiles import PIECE, EncryptedReader, EncryptedWriter, encrypted
from marketplace.pages.spools import ASIDE, Spool
from marketplace.pages.uploadhandlers import SpoolingUploadHandler
from marketplace.tenders import notices

SECRET = b"s" * 32
SIZES = st.integers(0, 4) | st.integers(PIECE - 2, PIECE + 2) | st.integers(ASIDE - 2, 3 * ASIDE)


@settings(max_examples=60, deadline=None)
@given(st.lists(SIZES, max_size=5))
def test_whatever_the_pieces_the_file_comes_back_whole(sizes):
    chance = random.Random(1)
    pieces = [chance.randbytes(size) for size in sizes]
    with closing(Spool("spools")) as spool:
        writer = EncryptedWriter(spool, SECRET)
        for piece in pieces:
            writer.write(piece)
        writer.finish()
        reader = EncryptedReader(spool.window(0, spool.size), [SECRET])
        assert reader.readall() == b"".join(pieces)
        assert spool.size == sum(len(piece) for piece in encrypted(pieces, SECRET)), "the same format as ever"
        spool.keep("spools/kept")
        spool.settle()
        with default_storage.open("spools/kept") as kept:
            content = kept.read()
    default_storage.delete("spools/kept")
    assert (len(content), hashlib.sha256(content).hexdigest()) == (spool.size, spool.sha256)


def a_fingerprint(content: bytes, step: int, **more):
    with closing(Spool("spools")) as spool:
        handler = SpoolingUploadHandler(None, spool=spool, **more)
        handler.new_file("files", "plan.pdf", "application/pdf", len(content))
        for start in range(0, len(content), step):
            handler.receive_data_chunk(content[start : start + step], start)
        return handler.file_complete(len(content))


def test_a_fingerprint_tells_contents_apart_and_not_the_way_they_came():
    content = random.Random(2).randbytes(300_000)
    other = content[:-1] + bytes([content[-1] ^ 1])
    first = a_fingerprint(content, 65536)
    assert first.fingerprint == a_fingerprint(content, 1000).fingerprint
    assert first.fingerprint != a_fingerprint(other, 65536).fingerprint
    assert first.sha256 == "", "not asked for"
    assert a_fingerprint(content, 65536, hashed=True).sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.django_db
def test_a_task_is_asked_for_with_the_change_or_not_at_all(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
    with transaction.atomic():
        afterwards(notices.tell_sealed, "1")
        assert DBTaskResult.objects.count() == 1
    with pytest.raises(RuntimeError), transaction.atomic():
        afterwards(notices.tell_sealed, "2")
        raise RuntimeError
    assert DBTaskResult.objects.count() == 1
