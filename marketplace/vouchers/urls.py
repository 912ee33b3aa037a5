from django.urls import path

from .views import counter, desk, my, programmes, settlements

app_name = "vouchers"
urlpatterns = [
    path("counter/", counter.Counter.as_view(), name="counter"),
    path("counter/services/", counter.CounterServices.as_view(), name="counter_services"),
    path("counter/services/<uuid:pk>/", counter.CounterPay.as_view(), name="counter_pay"),
    path("counter/leave/", counter.leave_card, name="leave_card"),
    path("counter/today/", counter.Today.as_view(), name="today"),
    path("counter/receipts/<uuid:pk>/", counter.Receipt.as_view(), name="receipt"),
    path("counter/receipts/<uuid:pk>/void/", counter.Void.as_view(), name="void"),
    path("my/", my.My.as_view(), name="my"),
    path("my/choose/", my.Choose.as_view(), name="my_choose"),
    path("my/history/", my.History.as_view(), name="my_history"),
    path("my/looked/", my.Looked.as_view(), name="my_looked"),
    path("my/services/", my.MyServices.as_view(), name="my_services"),
    path("my/card/", my.PrintCard.as_view(), name="my_card"),
    path("desk/residents/<uuid:pk>/vouchers/", desk.ResidentVouchers.as_view(), name="resident"),
    path("desk/residents/<uuid:pk>/card/", desk.NewCard.as_view(), name="new_card"),
    path("desk/residents/<uuid:pk>/pin/", desk.SetPin.as_view(), name="set_pin"),
    path("desk/residents/<uuid:pk>/unlock/", desk.Unlock.as_view(), name="unlock"),
    path("desk/residents/<uuid:pk>/print-card/", desk.PrintAtDesk.as_view(), name="print_card"),
    path("desk/programmes/", programmes.Programmes.as_view(), name="programmes"),
    path("desk/programmes/add/", programmes.AddProgramme.as_view(), name="add_programme"),
    path("desk/programmes/<slug:code>/", programmes.ProgrammePage.as_view(), name="programme"),
    path("desk/programmes/<slug:code>/start/", programmes.StartProgramme.as_view(), name="start_programme"),
    path("desk/programmes/<slug:code>/issue/", programmes.IssueMonth.as_view(), name="issue_month"),
    path("desk/programmes/<slug:code>/close/", programmes.CloseProgramme.as_view(), name="close_programme"),
    path("desk/settlements/", settlements.Settlements.as_view(), name="settlements"),
    path("desk/settlements/settle/", settlements.SettleMonth.as_view(), name="settle_month"),
    path("desk/settlements/<slug:number>/", settlements.SettlementPage.as_view(), name="settlement"),
    path("desk/settlements/<slug:number>/approve/", settlements.Approve.as_view(), name="approve_settlement"),
    path("desk/settlements/<slug:number>/order/", settlements.Order.as_view(), name="order_settlement"),
    path("desk/settlements/<slug:number>/cancel/", settlements.Cancel.as_view(), name="cancel_settlement"),
    path("desk/settlements/<slug:number>/statement/", settlements.Statement.as_view(), name="print_statement"),
]
