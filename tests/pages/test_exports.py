"""A list that leaves as a file: nothing in it runs, money is yuan, Chinese opens in Excel."""

import csv
import io
import weakref

import pytest
from django.core.exceptions import ValidationError
from openpyxl import load_workbook

from marketplace.pages.exports import FORMATS, Column, export_rows

ROWS = [
    {"name": '=HYPERLINK("http://x")', "amount": 123456},
    {"name": "@SUM(A1)", "amount": -50},
    {"name": "怡安养老\x00服务中心", "amount": None},
    {"name": "  +1", "amount": 0},
    {"name": "－１＋１", "amount": 1},
]
COLUMNS = [Column("名称", "name"), Column("金额", "amount", kind="money")]


def test_csv_is_neutralised_and_opens_in_excel():
    response = export_rows(ROWS, COLUMNS, format="csv", filename="成交结果")

    content = response.getvalue()
    assert content.startswith(b"\xef\xbb\xbf") and content.count(b"\xef\xbb\xbf") == 1
    assert int(response["Content-Length"]) == len(content)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows == [
        ["名称", "金额"],
        ['\'=HYPERLINK("http://x")', "1234.56"],
        ["'@SUM(A1)", "-0.50"],
        ["怡安养老服务中心", ""],
        ["'  +1", "0.00"],
        ["'－１＋１", "0.01"],
    ]
    assert "filename*=UTF-8''%E6%88%90" in response["Content-Disposition"]


def test_xlsx_holds_text_as_text_and_money_as_numbers():
    response = export_rows(ROWS, COLUMNS, format="xlsx", filename="成交结果")

    sheet = load_workbook(io.BytesIO(response.getvalue())).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert cells[0] == ['\'=HYPERLINK("http://x")', 1234.56]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert sheet["B2"].number_format == "#,##0.00"


def test_another_format_is_refused():
    with pytest.raises(ValidationError) as refusal:
        export_rows(ROWS, COLUMNS, format="exe", filename="x")
    assert refusal.value.code == "format"


@pytest.mark.parametrize("format", FORMATS)
def test_however_long_the_list_a_few_rows_of_it_are_held(format):
    class Row:
        def __init__(self, number: int) -> None:
            self.name, self.amount = f"怡安养老服务中心 {number}", number

    held: weakref.WeakSet[Row] = weakref.WeakSet()
    most = 0

    def rows():
        nonlocal most
        for number in range(5_000):
            row = Row(number)
            held.add(row)
            most = max(most, len(held))
            yield row

    assert export_rows(rows(), COLUMNS, format=format, filename="成交结果").status_code == 200
    assert most < 10
