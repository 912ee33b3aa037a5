from django.urls import path

from . import views

app_name = "incubator"
urlpatterns = [
    path("incubator/", views.CallList.as_view(), name="list"),
    path("incubator/desk/", views.CohortDesk.as_view(), name="desk"),
    path("incubator/mine/", views.MinePage.as_view(), name="mine"),
    path("incubator/new/", views.DraftPage.as_view(), name="draft"),
    path("incubator/applications/<uuid:pk>/", views.ApplicationPage.as_view(), name="application"),
    path("incubator/applications/<uuid:pk>/check/", views.CheckPage.as_view(), name="check"),
    path("incubator/applications/<uuid:pk>/admit/", views.AdmitPage.as_view(), name="admit"),
    path("incubator/applications/<uuid:pk>/refuse/", views.RefusePage.as_view(), name="refuse"),
    path("incubator/applications/<uuid:pk>/graduate/", views.GraduatePage.as_view(), name="graduate"),
    path("incubator/applications/<uuid:pk>/leave/", views.LeavePage.as_view(), name="leave"),
    path("incubator/applications/<uuid:pk>/subsidy/", views.AskSubsidyPage.as_view(), name="ask_subsidy"),
    path("incubator/subsidies/", views.SubsidyList.as_view(), name="subsidies"),
    path("incubator/subsidies/<uuid:pk>/", views.SubsidyPage.as_view(), name="subsidy"),
    path("incubator/subsidies/<uuid:pk>/grant/", views.GrantPage.as_view(), name="grant"),
    path("incubator/subsidies/<uuid:pk>/refuse/", views.RefuseSubsidyPage.as_view(), name="refuse_subsidy"),
    path("incubator/subsidies/<uuid:pk>/claim/", views.ClaimPage.as_view(), name="claim"),
    path("incubator/subsidies/<uuid:pk>/send-back/", views.SendBackPage.as_view(), name="send_back"),
    path("incubator/subsidies/<uuid:pk>/order/", views.OrderPage.as_view(), name="order"),
    path("incubator/subsidies/<uuid:pk>/receipts/", views.ReceiptsFile.as_view(), name="receipts"),
    path("incubator/<str:number>/", views.CallPage.as_view(), name="cohort"),
    path("incubator/<str:number>/apply/", views.ApplyPage.as_view(), name="apply"),
    path("incubator/<str:number>/manage/", views.ManagePage.as_view(), name="manage"),
    path("incubator/<str:number>/publish/", views.PublishPage.as_view(), name="publish"),
    path("incubator/<str:number>/begin/", views.BeginPage.as_view(), name="begin"),
    path("incubator/<str:number>/finish/", views.FinishPage.as_view(), name="finish"),
    path("incubator/<str:number>/matches/", views.MatchesPage.as_view(), name="matches"),
]
