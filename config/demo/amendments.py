"""What is asked about the open tender of the demo city, and how it was changed after a first bid was sealed."""

import datetime

from marketplace.tenders import actions
from marketplace.tenders.models import Amendment, Question, Tender

from .world import World

QUESTIONS = (
    (
        "heyue",
        "接送车由采购人配备，车辆年检、保险和燃油费用由谁承担？",
        "车辆年检和保险由采购人承担；燃油、停车和驾驶员费用由承接单位承担，请计入报价。",
    ),
    (
        "yian",
        "日托床位暂时住不满时，是否按实际入住人数付费？",
        "不按人数付费。服务费按合同总价分季度考核支付，考核指标见磋商文件第五章。",
    ),
    ("songbai", "助浴服务是否必须由本单位人员提供，能否与有资质的机构合作？", ""),
)


def load(world: World) -> None:
    """Idempotent: returns at once when something was asked."""
    if Question.objects.exists():
        return
    tender = Tender.objects.filter(state=Tender.State.PUBLISHED, title__startswith="璜泾镇").first()
    if tender is None:
        return
    officer, approver = world.person("buyer"), world.person("approver")
    moment = tender.published_at + datetime.timedelta(days=1)
    for number, (provider, text, answer) in enumerate(QUESTIONS):
        by = world.person("provider" if provider == "yian" else f"provider_{provider}")
        with world.at(moment + datetime.timedelta(hours=3 * number)):
            question = actions.ask_question(tender, world.organisation(provider), text, by=by)
        if answer:
            with world.at(moment + datetime.timedelta(days=1, hours=number)):
                actions.answer_question(question, answer, by=officer)
    lot = tender.lots.first()
    with world.at(moment + datetime.timedelta(days=2)):
        actions.publish_clarification(
            tender, "磋商文件第三章“服务频次”指每周一至周五，法定节假日另行约定。", by=officer
        )
        amendment = actions.propose_amendment(
            tender,
            Amendment.Weight.MATERIAL,
            "采购人新增一辆无障碍接送车，相应增加接送服务要求并顺延截止时间。",
            about={"bids_due_at": tender.bids_due_at + datetime.timedelta(days=7)},
            lots={
                lot: {
                    "description": lot.description
                    + "另由采购人提供无障碍接送车一辆，承接单位每个工作日早晚各接送一次。"
                }
            },
            by=officer,
        )
    with world.at(moment + datetime.timedelta(days=2, hours=2)):
        actions.publish_amendment(amendment, by=approver)
