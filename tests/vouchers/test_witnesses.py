"""An entry that was deleted before it was sealed leaves no gap; what it tells of misses it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from marketplace.audit.actions import seal
from marketplace.audit.models import Entry
from marketplace.vouchers.actions import redeem
from tests.given.audit import as_owner
from tests.given.money import an_order
from tests.given.vouchers import a_counter

pytestmark = pytest.mark.django_db


def verify(*options: str) -> str:
    out = StringIO()
    call_command("verify_audit", *options, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.parametrize("victim", ["redemption", "order", "card"])
def test_a_deleted_entry_is_missed_by_what_it_tells_of(victim):
    counter = a_counter()
    made = {"redemption": redeem(counter.provider, **counter.request(key="k")).id, "card": counter.card.pk}
    made["order"] = an_order().pk
    assert "heads agree" in verify("--witnesses")
    with as_owner() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE subject_id = %s", [str(made[victim])])
    seal(sweep=True)
    assert "heads agree" in verify(), "the seals alone can't know"
    with pytest.raises(CommandError):
        verify("--witnesses")
    with pytest.raises(CommandError):
        verify("--witnesses", "--all")
    assert not Entry.objects.filter(subject_id=str(made[victim])).exists()
