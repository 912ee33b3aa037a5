from django.urls import path

from . import views

app_name = "evaluations"
urlpatterns = [
    path("evaluations/", views.PublishedList.as_view(), name="list"),
    path("evaluations/desk/", views.EngagementDesk.as_view(), name="desk"),
    path("evaluations/plan/", views.PlanPage.as_view(), name="plan"),
    path("evaluations/scorecards/<uuid:pk>/", views.ScorecardPage.as_view(), name="scorecard"),
    path("evaluations/<uuid:pk>/", views.EngagementPage.as_view(), name="engagement"),
    path("evaluations/<uuid:pk>/report.pdf", views.ReportFile.as_view(), name="report"),
    path("evaluations/<uuid:pk>/work/", views.WorkPage.as_view(), name="work"),
    path("evaluations/<uuid:pk>/start/", views.StartPage.as_view(), name="start"),
    path("evaluations/<uuid:pk>/findings/", views.ConcludePage.as_view(), name="conclude"),
    path("evaluations/<uuid:pk>/reply/", views.ReplyPage.as_view(), name="reply"),
    path("evaluations/<uuid:pk>/publish/", views.PublishPage.as_view(), name="publish"),
]
