"""What of a register file is done while nobody waits. Both look first whether it has been done."""

from django.core.exceptions import ValidationError
from django.tasks import task

from .actions.applying import apply_import, stop_import
from .actions.reading import fail_import, read_import
from .models import RegisterImport


@task
def read_file(pk: str) -> str:
    """Read a file that came in; a monthly match is carried out at once. The state it ends in."""
    register_import = RegisterImport.objects.select_related("by").get(pk=pk)
    try:
        register_import = read_import(register_import)
    except ValidationError as refusal:
        return str(fail_import(register_import, " ".join(refusal.messages)).state)
    if register_import.kind == RegisterImport.Kind.MATCH and register_import.state == RegisterImport.State.PREVIEWED:
        register_import = apply_import(register_import, by=register_import.by)
    return str(register_import.state)


@task
def apply_file(pk: str) -> str:
    """Carry out the decision; the state it ends in."""
    register_import = RegisterImport.objects.select_related("decided_by").get(pk=pk)
    if register_import.state != RegisterImport.State.APPLYING:
        return str(register_import.state)
    try:
        return str(apply_import(register_import, by=register_import.decided_by).state)
    except ValidationError as refusal:
        return str(stop_import(register_import, " ".join(refusal.messages)).state)
