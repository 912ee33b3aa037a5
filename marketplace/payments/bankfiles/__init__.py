"""What banks and treasuries take and give: pain.001 and CSV out, camt.054 and CSV in."""

from .answers import AnswerRow, UnreadableAnswer, read_answer
from .pain001 import pain001, schema_faults
from .treasury_csv import treasury_csv

__all__ = ["AnswerRow", "UnreadableAnswer", "pain001", "read_answer", "schema_faults", "treasury_csv"]
