from django.urls import path

from . import views

app_name = "rules"
urlpatterns = [
    path("rules/", views.Rules.as_view(), name="list"),
    path("rules/calendar/", views.Calendar.as_view(), name="calendar"),
    path("rules/calendar/<int:year>/", views.Calendar.as_view(), name="calendar_year"),
    path("rules/calendar/decide/", views.Decide.as_view(), name="decide_day"),
    path("rules/<uuid:pk>/change/", views.Change.as_view(), name="change"),
    path("rules/<str:key>/", views.Why.as_view(), name="why"),
]
