from django.urls import include, path

from . import views
from .views import needs

app_name = "evaluations"
urlpatterns = [
    path("", include("evaluations.voiceurls")),
    path("needs/", needs.NeedsPage.as_view(), name="needs"),
    path("desk/needs/", needs.NeedsDesk.as_view(), name="needs_desk"),
    path("evaluations/", views.PublishedList.as_view(), name="list"),
    path("evaluations/desk/", views.EngagementDesk.as_view(), name="desk"),
    path("evaluations/plan/", views.PlanPage.as_view(), name="plan"),
    path("evaluations/scorecards/", views.MySheets.as_view(), name="my_sheets"),
    path("evaluations/scorecards/worker.js", views.SheetWorker.as_view(), name="sheet_worker"),
    path("evaluations/scorecards/<uuid:pk>/", views.ScorecardPage.as_view(), name="scorecard"),
    path("evaluations/scorecards/<uuid:pk>/state/", views.SheetState.as_view(), name="sheet_state"),
    path("evaluations/scorecards/<uuid:pk>/sync/", views.SheetSync.as_view(), name="sheet_sync"),
    path("evaluations/scorecards/<uuid:pk>/files/", views.SheetFiles.as_view(), name="sheet_files"),
    path("evaluations/scorecards/<uuid:pk>/files/<uuid:file>/remove/", views.RemoveFile.as_view(), name="sheet_remove"),
    path("evaluations/evidence/<uuid:pk>/", views.EvidenceFile.as_view(), name="evidence"),
    path("evaluations/<uuid:pk>/scorers/add/", views.AddScorerPage.as_view(), name="add_scorer"),
    path("evaluations/<uuid:pk>/", views.EngagementPage.as_view(), name="engagement"),
    path("evaluations/<uuid:pk>/report.pdf", views.ReportFile.as_view(), name="report"),
    path("evaluations/<uuid:pk>/work/", views.WorkPage.as_view(), name="work"),
    path("evaluations/<uuid:pk>/start/", views.StartPage.as_view(), name="start"),
    path("evaluations/<uuid:pk>/findings/", views.ConcludePage.as_view(), name="conclude"),
    path("evaluations/<uuid:pk>/reply/", views.ReplyPage.as_view(), name="reply"),
    path("evaluations/<uuid:pk>/moderate/<uuid:mark>/", views.ModeratePage.as_view(), name="moderate"),
    path("evaluations/<uuid:pk>/settle/", views.SettlePage.as_view(), name="settle"),
    path("evaluations/<uuid:pk>/appeal/", views.LodgePage.as_view(), name="lodge"),
    path("evaluations/<uuid:pk>/appeal/assign/", views.AssignPage.as_view(), name="assign"),
    path("evaluations/appeals/<uuid:pk>/", views.AppealPage.as_view(), name="appeal"),
    path("evaluations/appeals/<uuid:pk>/decide/", views.DecidePage.as_view(), name="decide"),
    path("evaluations/<uuid:pk>/rectify/", views.DemandPage.as_view(), name="demand"),
    path("rectifications/<uuid:pk>/", views.RectificationPage.as_view(), name="rectification"),
    path("rectifications/<uuid:pk>/plan/", views.PlanActionPage.as_view(), name="rectification_plan"),
    path("rectifications/<uuid:pk>/report/", views.ReportDonePage.as_view(), name="rectification_report"),
    path("rectifications/<uuid:pk>/return/", views.ReturnDonePage.as_view(), name="rectification_return"),
    path("rectifications/<uuid:pk>/confirm/", views.ConfirmDonePage.as_view(), name="rectification_confirm"),
    path("rectifications/<uuid:pk>/file/", views.ProofFile.as_view(), name="rectification_file"),
    path("evaluations/<uuid:pk>/publish/", views.PublishPage.as_view(), name="publish"),
]
