import pytest
from django.db import transaction

from marketplace.parties.actions import next_number
from tests.given.people import a_bureau

pytestmark = pytest.mark.django_db


def test_a_number_rolled_back_is_given_again():
    bureau = a_bureau()
    assert next_number(bureau, "tender", 2026) == 1

    with pytest.raises(RuntimeError), transaction.atomic():
        assert next_number(bureau, "tender", 2026) == 2
        raise RuntimeError

    assert next_number(bureau, "tender", 2026) == 2
    assert next_number(bureau, "tender", 2027) == 1
