"""A file of the register: taken in, decided on, read again or forgotten. What takes long is left to a task."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.encryption import encrypt
from marketplace.parties.models import Organisation, User
from marketplace.residents import policies, tasks
from marketplace.residents.models import ImportPart, RegisterImport
from marketplace.residents.registerfile import MOST_BYTES

from .applying import to_decide
from .reading import forget_file, locked_import, read_import

PIECE = 128 * 1024


@transaction.atomic
def receive_import(
    bureau: Organisation,
    content: bytes,
    file_name: str,
    *,
    by: User,
    is_complete: bool = False,
    kind: str = RegisterImport.Kind.REGISTER,
) -> RegisterImport:
    """Keep the file and let a task read it. `is_complete`: who is in the register and not in the file is gone.

    Raises ValidationError on `file`: `too_large`.
    """
    register_import = _keep(bureau, content, file_name, is_complete, kind, by)
    transaction.on_commit(partial(tasks.read_file.enqueue, str(register_import.pk)))
    return register_import


def preview_import(
    bureau: Organisation, content: bytes, file_name: str, *, is_complete: bool, by: User
) -> RegisterImport:
    """Keep the file and read it here and now: for jobs and commands, which have nobody waiting.

    Raises ValidationError on `file`: `too_large`, and what `read_register` refuses.
    """
    with transaction.atomic():
        register_import = _keep(bureau, content, file_name, is_complete, RegisterImport.Kind.REGISTER, by)
        return read_import(register_import)


def _keep(
    bureau: Organisation, content: bytes, file_name: str, is_complete: bool, kind: str, by: User
) -> RegisterImport:
    authorise(policies.may_import_register, by, bureau)
    if len(content) > MOST_BYTES:
        raise ValidationError({"file": ValidationError(_("The file is larger than 25 MB."), code="too_large")})
    register_import = RegisterImport.objects.create(
        bureau=bureau,
        kind=kind,
        file_name=file_name[:200],
        is_complete=is_complete and kind == RegisterImport.Kind.REGISTER,
        total=max(content.rstrip().count(b"\n"), 1),
        by=by,
    )
    for number, start in enumerate(range(0, len(content), PIECE)):
        piece = encrypt(content[start : start + PIECE])
        ImportPart.objects.create(register_import=register_import, number=number, content=piece)
    record("register.received", register_import, by=by, organisation=bureau, kind=str(kind), bytes=len(content))
    return register_import


@transaction.atomic
def begin_import(register_import: RegisterImport, *, by: User) -> RegisterImport:
    """Decide that the file goes in; a task does it. Raises ValidationError: `decided`, `rejected`."""
    register_import = to_decide(register_import, by)
    register_import.begin()
    register_import.decided_by = by
    register_import.problem = ""
    register_import.save(update_fields=["state", "decided_by", "problem"])
    transaction.on_commit(partial(tasks.apply_file.enqueue, str(register_import.pk)))
    return register_import


@transaction.atomic
def reread_import(register_import: RegisterImport, *, by: User) -> RegisterImport:
    """Hold the file against the register once more. Raises ValidationError(code="decided")."""
    register_import = locked_import(register_import)
    authorise(policies.may_import_register, by, register_import.bureau)
    if register_import.state != RegisterImport.State.PREVIEWED:
        raise ValidationError(_("This file has been decided on already."), code="decided")
    register_import.read_again()
    register_import.done, register_import.problem = 0, ""
    register_import.save(update_fields=["state", "done", "problem"])
    transaction.on_commit(partial(tasks.read_file.enqueue, str(register_import.pk)))
    return register_import


@transaction.atomic
def discard_import(register_import: RegisterImport, *, by: User) -> RegisterImport:
    """Forget the file. Raises ValidationError(code="decided")."""
    register_import = locked_import(register_import)
    authorise(policies.may_import_register, by, register_import.bureau)
    if register_import.state != RegisterImport.State.PREVIEWED:
        raise ValidationError(_("This file has been decided on already."), code="decided")
    register_import.discard()
    register_import.decided_by, register_import.decided_at = by, clock.now()
    register_import.save(update_fields=["state", "decided_by", "decided_at"])
    forget_file(register_import)
    record("register.discarded", register_import, by=by, organisation=register_import.bureau)
    return register_import
