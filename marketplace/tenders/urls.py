"""Addresses of tenders. `/tenders/` and `/tenders/<number>/` must not move."""

from django.urls import path

from .views import award, bidding, drafting, lots, manage, opening, panel, public, searches

app_name = "tenders"
urlpatterns = [
    path("tenders/", public.TenderList.as_view(), name="list"),
    path("tenders/calendar.ics", searches.DeadlineCalendar.as_view(), name="calendar"),
    path("tenders/searches/", searches.SavedSearches.as_view(), name="searches"),
    path("tenders/searches/new/", searches.SaveSearch.as_view(), name="save_search"),
    path("tenders/searches/<uuid:pk>/forget/", searches.ForgetSearch.as_view(), name="forget_search"),
    path("tenders/documents/<uuid:pk>/", public.DocumentFile.as_view(), name="document"),
    path("tenders/<str:number>/", public.TenderPage.as_view(), name="detail"),
    path("tenders/<str:number>/opening/", opening.OpeningPage.as_view(), name="opening"),
    path("tenders/<str:number>/result/", public.ResultPage.as_view(), name="result"),
    # The bidder
    path("tenders/<str:number>/bid/", bidding.Workspace.as_view(), name="bid"),
    path("tenders/<str:number>/bid/eligibility/", bidding.EligibilityPage.as_view(), name="bid_eligibility"),
    path("tenders/<str:number>/bid/prices/", bidding.PricesPage.as_view(), name="bid_prices"),
    path("tenders/<str:number>/bid/plan/", bidding.PlanPage.as_view(), name="bid_plan"),
    path("tenders/<str:number>/bid/files/", bidding.FilesPage.as_view(), name="bid_files"),
    path("tenders/<str:number>/bid/files/<uuid:pk>/", bidding.DraftFile.as_view(), name="bid_file"),
    path("tenders/<str:number>/bid/files/<uuid:pk>/remove/", bidding.RemoveFilePage.as_view(), name="bid_file_remove"),
    path("tenders/<str:number>/bid/seal/", bidding.SealPage.as_view(), name="bid_seal"),
    path("tenders/<str:number>/bid/withdraw/", bidding.WithdrawPage.as_view(), name="bid_withdraw"),
    path("opportunities/", bidding.Opportunities.as_view(), name="opportunities"),
    path("bids/", bidding.MyBids.as_view(), name="my_bids"),
    path("bids/<uuid:pk>/", bidding.OpenedBid.as_view(), name="opened_bid"),
    path("bids/files/<uuid:pk>/", bidding.OpenedFile.as_view(), name="opened_file"),
    # The buyer
    path("procurement/", manage.ProcurementDesk.as_view(), name="procurement"),
    path("procurement/new/", drafting.NewTender.as_view(), name="new"),
    path("procurement/<uuid:pk>/", manage.Manage.as_view(), name="manage"),
    path("procurement/<uuid:pk>/about/", drafting.AboutPage.as_view(), name="about"),
    path("procurement/<uuid:pk>/lots/", lots.LotsPage.as_view(), name="lots"),
    path("procurement/<uuid:pk>/lots/new/", lots.NewLot.as_view(), name="new_lot"),
    path("procurement/<uuid:pk>/lots/<uuid:lot>/", lots.ChangeLot.as_view(), name="lot"),
    path("procurement/<uuid:pk>/lots/<uuid:lot>/remove/", lots.RemoveLot.as_view(), name="remove_lot"),
    path("procurement/<uuid:pk>/qualifications/", lots.QualificationsPage.as_view(), name="qualifications"),
    path("procurement/<uuid:pk>/criteria/", lots.CriteriaPage.as_view(), name="criteria"),
    path("procurement/<uuid:pk>/schedule/", drafting.SchedulePage.as_view(), name="schedule"),
    path("procurement/<uuid:pk>/documents/", drafting.DocumentsPage.as_view(), name="documents"),
    path(
        "procurement/<uuid:pk>/documents/<uuid:document>/remove/",
        drafting.RemoveDocument.as_view(),
        name="remove_document",
    ),
    path("procurement/<uuid:pk>/people/", drafting.PeoplePage.as_view(), name="people"),
    path("procurement/<uuid:pk>/preview/", manage.Preview.as_view(), name="preview"),
    path("procurement/<uuid:pk>/submit/", drafting.SubmitPage.as_view(), name="submit"),
    path("procurement/<uuid:pk>/approve/", manage.ApprovePage.as_view(), name="approve"),
    path("procurement/<uuid:pk>/return/", manage.ReturnPage.as_view(), name="return"),
    path("procurement/<uuid:pk>/cancel/", manage.CancelPage.as_view(), name="cancel"),
    path("procurement/<uuid:pk>/repeat/", manage.RepeatPage.as_view(), name="repeat"),
    path("procurement/<uuid:pk>/panel/", panel.DrawPage.as_view(), name="panel"),
    path("procurement/bids/<uuid:pk>/exclude/", award.ExcludePage.as_view(), name="exclude"),
    path("procurement/bids/<uuid:pk>/award/", award.AwardPage.as_view(), name="award"),
    # Custodians and experts
    path("custodian/passphrase/", opening.PassphrasePage.as_view(), name="passphrase"),
    path("panel/", panel.Assignments.as_view(), name="assignments"),
    path("panel/<uuid:pk>/", panel.Assignment.as_view(), name="assignment"),
    path("panel/<uuid:pk>/declare/", panel.DeclarePage.as_view(), name="declare"),
    path("panel/<uuid:pk>/recuse/", panel.RecusePage.as_view(), name="recuse"),
    path("panel/<uuid:pk>/bids/<uuid:bid>/", panel.ScorecardPage.as_view(), name="scorecard"),
    path("panel/<uuid:pk>/hand-in/", panel.HandInPage.as_view(), name="hand_in"),
]
