import pytest
from django.core.management import CommandError, call_command

from marketplace.parties.models import Region

pytestmark = pytest.mark.django_db


def test_the_demo_districts_load_twice_as_once(capsys):
    call_command("load_regions")
    call_command("load_regions")
    assert "171 added" in capsys.readouterr().out
    town = Region.objects.get(code="320585100000")
    assert (town.name, town.level, town.parent.name) == ("城厢镇", "town", "太仓市")
    assert Region.objects.get(code="320585100203").is_rural
    assert town.children.count() > 20


def test_the_official_lists_in_their_order(tmp_path):
    (tmp_path / "provinces.csv").write_text('code,name\n32,"江苏省"\n')
    (tmp_path / "cities.csv").write_text('code,name,provinceCode\n3205,"苏州市",32\n')
    call_command("load_regions", tmp_path / "provinces.csv", tmp_path / "cities.csv")
    assert Region.objects.get(code="320500000000").parent_id == "320000000000"


def test_a_faulty_row_is_named_and_nothing_is_loaded(tmp_path, capsys):
    file = tmp_path / "regions.csv"
    file.write_text("code,name\n32,江苏省\n3205x,苏州市\n3206,\n410105001,某街道\n32,江苏省\n")
    with pytest.raises(CommandError, match="4 faulty rows"):
        call_command("load_regions", file)
    told = capsys.readouterr().err
    assert "regions.csv:3" in told
    assert "regions.csv:4" in told
    assert "410105000000" in told
    assert not Region.objects.exists()


def test_a_file_that_is_something_else_is_refused(tmp_path):
    file = tmp_path / "regions.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(CommandError):
        call_command("load_regions", file)
    with pytest.raises(CommandError):
        call_command("load_regions", tmp_path / "nothing.csv")
