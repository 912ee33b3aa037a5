"""What banks and treasuries take and give: pain.001 and CSV out, camt.054 and CSV in."""

from .answers import AnswerRow, UnreadableAnswer, read_answer
from .pain001 import pain001, schema_faults
from .statements import Booking, ReadStatement, read_statement
from .treasury_csv import treasury_csv

__all__ = [
    "AnswerRow",
    "Booking",
    "ReadStatement",
    "UnreadableAnswer",
    "pain001",
    "read_answer",
    "read_statement",
    "schema_faults",
    "treasury_csv",
]
