"""A person with a browser without JavaScript: opens pages, fills the forms that stand on them, presses buttons."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.test import Client
from lxml import html


class Page:
    """What came back: its address, status, words, and the forms on it."""

    def __init__(self, response, address: str) -> None:
        self.response = response
        self.status = response.status_code
        self.address = address
        body = b"".join(response.streaming_content) if response.streaming else response.content
        self.text = "" if response.get("Content-Type") == "application/pdf" else body.decode()
        self.document = html.fromstring(self.text) if self.text.lstrip().startswith("<") else None

    @property
    def words(self) -> str:
        """The text of the page's main part, white space folded."""
        if self.document is None:
            return self.text
        main = self.document.xpath("//main")
        return " ".join((main[0] if main else self.document).text_content().split())

    def form(self, having: str | None = None) -> html.FormElement:
        """The form that holds such a field, button, words or action; else the first POST form of the main part."""
        forms = [form for form in self.document.xpath("//main//form") if form.method == "POST"]
        if having is not None:
            forms = [
                form
                for form in forms
                if any(name.startswith(having) for name in form.fields)
                or having in (form.action or "")
                or having in form.text_content()
            ]
        assert forms, f"no form{' with ' + having if having else ''} on {self.address}: {self.words[:600]}"
        return forms[0]

    def option(self, field: str, words: str) -> str:
        """The value of the choice of a field whose text holds the words."""
        for choice in self.document.xpath(f"//select[@name='{field}']/option"):
            if words in choice.text_content():
                return choice.get("value")
        for box in self.document.xpath(f"//input[@name='{field}']"):
            if words in box.getparent().text_content():
                return box.get("value")
        raise AssertionError(f"no choice «{words}» for {field} on {self.address}: {self.words[:600]}")

    def link_to(self, part: str) -> str:
        """The first address in the main part that holds this part and leads further than it."""
        for anchor in self.document.xpath("//main//a[@href]"):
            address = anchor.get("href")
            if part in address and not address.endswith((".json", ".pdf")) and urlsplit(address).path != part:
                return urljoin(self.address, address)
        raise AssertionError(f"no link to {part} on {self.address}: {self.words[:600]}")

    def link(self, words: str) -> str:
        """The address of the first link whose text holds the words."""
        for anchor in self.document.xpath("//a[@href]"):
            if words in " ".join(anchor.text_content().split()):
                return urljoin(self.address, anchor.get("href"))
        raise AssertionError(f"no link «{words}» on {self.address}: {self.words[:600]}")


class Visitor:
    """One person's browser. CSRF is checked, as in life."""

    def __init__(self, email: str | None = None, password: str = "") -> None:
        self.client = Client(enforce_csrf_checks=True)
        if email is not None:
            page = self.open("/sign-in/").fill({"username": email, "password": password})
            assert page.status == 200 and "/sign-in/" not in page.address, f"{email} could not sign in: {page.words}"

    def open(self, address: str, expect: int = 200) -> "Sight":
        response = self.client.get(address, follow=True)
        where = response.redirect_chain[-1][0] if response.redirect_chain else address
        assert response.status_code == expect, f"GET {address} answered {response.status_code}"
        return Sight(self, response, where)


class Sight(Page):
    """A page in front of a visitor."""

    def __init__(self, visitor: Visitor, response, address: str) -> None:
        super().__init__(response, address)
        self.visitor = visitor

    def follow(self, words: str) -> "Sight":
        """Click the link with these words."""
        return self.visitor.open(self.link(words))

    def fill(
        self, values: Mapping[str, Any] | None = None, *, form: str | None = None, press: str | None = None
    ) -> "Sight":
        """Fill a form, send it and look at what comes; a refusal (422) is a page as well."""
        found = self.form(form)
        unknown = [name for name in values or {} if name not in found.fields]
        assert not unknown, f"fields {unknown} are not on {self.address}: {sorted(found.fields.keys())}"
        data = dict(self.defaults(found))
        for button in found.xpath(".//button[@name]"):
            if press is not None and press in button.text_content():
                data[button.get("name")] = button.get("value", "")
        data.update(values or {})
        target = urljoin(self.address, found.action or self.address)
        parts = urlsplit(target)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        response = self.visitor.client.post(target, data, follow=True)
        where = response.redirect_chain[-1][0] if response.redirect_chain else target
        return Sight(self.visitor, response, where)

    @staticmethod
    def defaults(form: html.FormElement) -> list[tuple[str, Any]]:
        """What a browser would send untouched; repeated names as lists."""
        values: dict[str, Any] = {}
        for name, value in form.form_values():
            if name in values:
                values[name] = [*(values[name] if isinstance(values[name], list) else [values[name]]), value]
            else:
                values[name] = value
        return list(values.items())
