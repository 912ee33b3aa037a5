from django.urls import path

from . import views

app_name = "ledger"
urlpatterns = [
    path("ledger/", views.Overview.as_view(), name="overview"),
    path("ledger/export.<str:format>", views.OverviewExport.as_view(), name="overview_export"),
    path("ledger/lines/new/", views.OpenLine.as_view(), name="open_line"),
    path("ledger/lines/<uuid:pk>/", views.Statement.as_view(), name="line"),
    path("ledger/lines/<uuid:pk>/export.<str:format>", views.StatementExport.as_view(), name="line_export"),
    path("ledger/lines/<uuid:pk>/appropriate/", views.Appropriate.as_view(), name="appropriate"),
    path("ledger/lines/<uuid:pk>/withdraw/", views.Withdraw.as_view(), name="withdraw"),
    path("ledger/years/<int:year>/", views.OpenYear.as_view(), name="open_year"),
    path("ledger/trail/", views.Trail.as_view(), name="trail"),
]
