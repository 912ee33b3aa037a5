"""What is written about requests without what opens something: logs are read by more people than the database is."""

import logging
import re

# Addresses whose last part is a key: a password's link, an invitation, a voice, a paper sheet, a card.
KEYS_IN_ADDRESSES = re.compile(r"/(password/[^/\s]+|invitation|v|c|cards|imported/upload)/[^/\s?]+")
# PostgreSQL says the values of the row that it refuses: names, addresses, numbers.
VALUES_OF_A_ROW = re.compile(r"^(\s*DETAIL:  ?).*$", re.MULTILINE)


class DiscreetFormatter(logging.Formatter):
    """Masks both in the line and in the traceback under it."""

    def format(self, record: logging.LogRecord) -> str:
        return VALUES_OF_A_ROW.sub(r"\1…", KEYS_IN_ADDRESSES.sub(r"/\1/…", super().format(record)))
