"""What `migrate` asks before it begins: the checks that look at the database."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_the_checks_of_the_database_find_nothing():
    call_command("check", databases=["default"], fail_level="WARNING")
