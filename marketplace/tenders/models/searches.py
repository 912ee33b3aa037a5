"""A search that a person keeps, to be told of new tenders and to have their deadlines in a calendar."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row
from marketplace.parties.models import User


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    def visible_to(self, user: User) -> "SavedSearchQuerySet":
        return self.filter(owner=user) if user.is_authenticated else self.none()


class SavedSearch(Row):
    """The filters of /tenders/ as they stand in its address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches")
    name = models.CharField(_("name"), max_length=80)
    filters = models.JSONField(_("filters"), default=dict)  # of forms.public.TenderFilter, as typed
    told_until = models.DateTimeField()  # tenders published up to here have been told

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_saved_search_of_a_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def query_string(self) -> str:
        return urlencode(self.filters)

    def get_absolute_url(self) -> str:
        return f"{reverse('tenders:list')}?{self.query_string}"
