"""Every address of Minfu. interfaces.md lists those that must not move."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
]

urlpatterns += i18n_patterns(
    path("", include("marketplace.parties.urls")),
    prefix_default_language=False,
)
