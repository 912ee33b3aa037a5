"""Every address of Minfu. interfaces.md lists those that must not move."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from wagtail import urls as site_urls
from wagtail.admin import urls as editors_urls
from wagtail.documents import urls as document_urls

from cms.views import Figures
from config import health, views
from config.api import api
from config.desk import Desk
from config.sitemaps import SITEMAPS

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("cms/", include(editors_urls)),
    path("documents/", include(document_urls)),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("large-print/", views.large_print, name="large_print"),
]

urlpatterns += [path("hsds/", include("marketplace.directory.hsds_urls"))]

urlpatterns += i18n_patterns(
    path("search/", views.Search.as_view(), name="search"),
    path("desk/", Desk.as_view(), name="desk"),
    path("figures/", Figures.as_view(), name="figures"),
    path("", include("marketplace.parties.urls")),
    path("", include("marketplace.messages.urls")),
    path("", include("marketplace.audit.urls")),
    path("", include("marketplace.rules.urls")),
    path("", include("marketplace.papers.urls")),
    path("", include("marketplace.directory.urls")),
    path("", include("contracts.urls")),
    path("", include("evaluations.urls")),
    path("", include("incubator.urls")),
    path("", include("marketplace.opendata.urls")),
    path("", include("marketplace.redflags.urls")),
    path("", include("marketplace.ledger.urls")),
    path("", include("marketplace.tenders.urls")),
    path("", include("marketplace.payments.urls")),
    path("", include("marketplace.residents.urls")),
    path("", include("marketplace.vouchers.urls")),
    path("", include("marketplace.consultations.urls")),
    path("", include(site_urls)),  # the public site: last, it takes every address that is left
    prefix_default_language=False,
)
