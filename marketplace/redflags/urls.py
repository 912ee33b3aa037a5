from django.urls import path

from . import views

app_name = "redflags"
urlpatterns = [
    path("red-flags/", views.Flags.as_view(), name="flags"),
    path("red-flags/<uuid:pk>/", views.FlagPage.as_view(), name="flag"),
]
