"""What `migrate` and the demo ask before they begin: the checks that look at the database."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.schema import what_is_missing


@pytest.mark.django_db
def test_the_checks_of_the_database_find_nothing():
    call_command("check", databases=["default"], fail_level="WARNING")


@pytest.mark.django_db
def test_a_database_of_an_older_version_is_named_before_its_pages_fail():
    """Its first migrations count as done, and `migrate` adds nothing."""
    assert what_is_missing() == []
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE vouchers_cardlook")
        cursor.execute("ALTER TABLE vouchers_callback RENAME COLUMN note TO words")
    assert set(what_is_missing()) == {"vouchers_callback.note", "vouchers_cardlook"}
    with pytest.raises(CommandError, match="older version"):
        call_command("load_demo")
