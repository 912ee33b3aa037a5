"""A public site to read."""

from cms.actions import open_site
from cms.models import HomePage
from marketplace.parties.models import User


def a_site() -> HomePage:
    """The Chinese home page, with the sections of both languages."""
    return open_site(by=None)


def an_operator() -> User:
    return User.objects.create_superuser(name="运维", email="ops@example.org", password="correct horse battery staple")
