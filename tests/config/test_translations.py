from pathlib import Path

from django import forms
from django.utils.translation import override

from config.management.commands.check_translations import collisions

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def catalogue(folder: Path, entries: str) -> Path:
    path = folder / "locale/zh_Hans/LC_MESSAGES/django.po"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + entries, encoding="utf-8")
    return path


def test_two_apps_may_not_say_the_same_string_differently(tmp_path):
    one = catalogue(tmp_path / "one", 'msgid "Number"\nmsgstr "编号"\n\nmsgid "Save"\nmsgstr "保存"\n')
    other = catalogue(tmp_path / "other", 'msgid "Number"\nmsgstr "数字"\n\nmsgid "Save"\nmsgstr "保存"\n')

    [fault] = collisions([one, other])

    assert "Number" in fault and "编号" in fault and "数字" in fault


def test_a_context_tells_two_strings_apart(tmp_path):
    one = catalogue(tmp_path / "one", 'msgid "Number"\nmsgstr "编号"\n')
    other = catalogue(tmp_path / "other", 'msgctxt "figure"\nmsgid "Number"\nmsgstr "数字"\n')

    assert collisions([one, other]) == []


def test_forms_ask_plainly_in_chinese():
    class Form(forms.Form):
        day = forms.DateField()
        amount = forms.IntegerField(max_value=10)

    with override("zh-hans"):
        form = Form({"day": "", "amount": "11"})

        assert form.errors == {"day": ["请填写这一项。"], "amount": ["不能大于10。"]}
