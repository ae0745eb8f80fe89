"""The tour of a first visit: what stands where on the home page, in about two minutes."""

from __future__ import annotations

from dataclasses import dataclass

from kequn.engage.language import say
from kequn.engage.orgs.roles import Role


@dataclass(frozen=True)
class Step:
    """``at`` is a selector of what is spoken about; steps whose part is not on the page are left out by the browser."""

    at: str
    zh: str
    en: str

    @property
    def text(self) -> str:
        """The step in the page's language."""
        return say(self.zh, self.en)


AROUND = (
    Step(".bar nav, .phone-bar",
         "页面按工作的顺序排列：先认识客户，再找人、定计划，最后看成效。只显示您的岗位能用的页面。",
         "Pages follow the order of work: know customers, find whom to reach, plan, and see what came of it. Only what "
         "your role may use is shown."),
    Step(".head-night", "所有数字都按同一个日期计算，就是这里写的日期；数据过期时会提醒。",
         "Every figure is as of one date, the one written here; it warns when that is old."),
)  # fmt: skip
AFTER = (
    Step("details.help", "不明白的地方点问号，会用一段话说明。",
         "A question mark explains in one paragraph what you look at."),
    Step("details.menu", "这里切换语言和深浅色，管理密码与登录安全，也可以再看一遍导览。",
         "Language, light or dark, password and login security are here, and this tour once more."),
)  # fmt: skip
HERE: dict[Role, tuple[str, str]] = {
    Role.RM: ("这是您的首页：打开就知道先找谁、为什么。", "Your home: whom to turn to first, and why."),
    Role.CHIEF_RM: ("这是您的首页：打开就知道先找谁、为什么。", "Your home: whom to turn to first, and why."),
    Role.BRANCH_MANAGER: ("这是您的首页：本支行有没有落下的事，一眼看清。",
                          "Your home: whether anything is left lying."),
    Role.ANALYST: ("这是您的首页：圈出一群客户，随时看到人数和画像，存下来供活动使用。",
                   "Your home: draw a group of customers, watch its size and profile, and keep it for campaigns."),
    Role.MAKER: ("这是您的首页：活动从这里起草、送审，也在这里看进展。",
                 "Your home: draft campaigns, send them for approval, and watch how they do."),
    Role.APPROVER: ("这是您的首页：等您审批的事项，最早的在前，并列出改了什么。",
                    "Your home: what waits for you, oldest first, with what has changed."),
    Role.DEPARTMENT_HEAD: ("这是您的首页：投入带来了什么，都有对照。",
                           "Your home: what the money brought, beside a comparison."),
    Role.DATA_ENGINEER: ("这是您的首页：昨晚的夜批是否正常，不正常时原因在哪里。",
                         "Your home: whether last night is right, and if not, why."),
    Role.AUDITOR: ("这是您的首页：从一件事查到底，并验证审计链没有被改动。",
                   "Your home: follow one event to its end, and verify that the chain is unbroken."),
    Role.ADMINISTRATOR: ("这是您的首页：谁在哪里、做什么、能不能登录。",
                         "Your home: who works where, as what, and who can log in."),
}  # fmt: skip


def steps(role: Role) -> list[Step]:
    """What a person of ``role`` is told, in order."""
    here = [Step("h1", *HERE[role])] if role in HERE else []
    return [*here, *AROUND, *AFTER]
