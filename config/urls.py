"""Every address of Minfu. interfaces.md lists those that must not move."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from config import views
from config.api import api
from config.desk import Desk

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("large-print/", views.large_print, name="large_print"),
]

urlpatterns += i18n_patterns(
    path("desk/", Desk.as_view(), name="desk"),
    path("", include("marketplace.parties.urls")),
    path("", include("marketplace.papers.urls")),
    prefix_default_language=False,
)
