"""The kinds of service that Minfu ships with: terms of one taxonomy, after 民政部's 居家和社区养老服务 lists and
GB/T 43153-2023 (home care). An operator may add to them in the administration."""

CATEGORIES: dict[str, dict[str, str]] = {
    "home-care": {
        "name": "居家照护",
        "name_en": "Home care",
        "description": "护理员上门，协助起居、清洁身体、用药提醒和陪伴。",
        "description_en": "A carer comes home: daily living, personal hygiene, medicine reminders, company.",
        "standard": "GB/T 43153-2023",
    },
    "day-care": {
        "name": "日间照料",
        "name_en": "Day care",
        "description": "白天在社区照料中心用餐、活动、休息和康复。",
        "description_en": "A day at the community centre: meals, activities, rest and exercise.",
        "standard": "GB/T 33168-2016",
    },
    "meal": {
        "name": "助餐",
        "name_en": "Meals",
        "description": "社区食堂堂食或送餐上门。",
        "description_en": "A warm meal in the community canteen or brought home.",
    },
    "bath": {
        "name": "助浴",
        "name_en": "Assisted bathing",
        "description": "助浴点或上门洗浴，两名护理员在场。",
        "description_en": "Bathing at a bathing point or at home, with two carers present.",
    },
    "cleaning": {
        "name": "助洁",
        "name_en": "Cleaning",
        "description": "居室清洁、衣物洗涤。",
        "description_en": "Cleaning the home and washing clothes.",
    },
    "errands": {
        "name": "助行助医",
        "name_en": "Escort and medical visits",
        "description": "陪同外出、代购代办、陪诊取药。",
        "description_en": "Company outdoors and to the doctor, shopping and errands.",
    },
    "rehabilitation": {
        "name": "康复护理",
        "name_en": "Rehabilitation",
        "description": "康复师评估、训练和上门指导。",
        "description_en": "A therapist assesses, trains and guides at home.",
    },
    "counselling": {
        "name": "心理慰藉",
        "name_en": "Counselling",
        "description": "心理咨询、定期探访和情绪支持。",
        "description_en": "Counselling, regular visits and a listening ear.",
    },
    "emergency": {
        "name": "紧急救援",
        "name_en": "Emergency call",
        "description": "一键呼叫，二十四小时有人应答。",
        "description_en": "One button, an answer at any hour.",
    },
    "adaptation": {
        "name": "适老化改造",
        "name_en": "Home adaptation",
        "description": "扶手、防滑、照明等居家改造。",
        "description_en": "Handrails, non-slip floors, light: the home made safe.",
    },
}
