from django.urls import path

from . import views

app_name = "notices"
urlpatterns = [
    path("inbox/", views.Inbox.as_view(), name="inbox"),
    path("inbox/read/", views.ReadAll.as_view(), name="read_all"),
    path("inbox/preferences/", views.Preferences.as_view(), name="preferences"),
    path("inbox/<uuid:pk>/", views.Letter.as_view(), name="message"),
]
