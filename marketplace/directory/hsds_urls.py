"""Addresses as HSDS 3.0's openapi.json has them; with and without a slash at the end."""

from django.urls import path, re_path

from .views import hsds

UUID = "(?P<pk>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"

app_name = "hsds"
urlpatterns = [
    path("", hsds.root, name="root"),
    re_path(r"^services/?$", hsds.service_list, name="services"),
    re_path(rf"^services/{UUID}/?$", hsds.service, name="service"),
    re_path(r"^organizations/?$", hsds.organisation_list, name="organizations"),
    re_path(rf"^organizations/{UUID}/?$", hsds.organisation, name="organization"),
    re_path(r"^service_at_locations/?$", hsds.service_at_location_list, name="service_at_locations"),
    re_path(rf"^service_at_locations/{UUID}/?$", hsds.service_at_location, name="service_at_location"),
    re_path(r"^taxonomies/?$", hsds.taxonomy_list, name="taxonomies"),
    re_path(rf"^taxonomies/{UUID}/?$", hsds.taxonomy, name="taxonomy"),
    re_path(r"^taxonomy_terms/?$", hsds.term_list, name="taxonomy_terms"),
    re_path(rf"^taxonomy_terms/{UUID}/?$", hsds.term, name="taxonomy_term"),
]
