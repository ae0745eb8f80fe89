"""The tour of a first visit: what stands where on the home page, in about two minutes."""

from __future__ import annotations

from dataclasses import dataclass

from kequn.engage.language import say


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
         "页面按工作的顺序排列：客户、洞察、经营，最下面是治理。只显示您的岗位能用的页面。",
         "Pages follow the order of work: customers, insight, engaging them, and governing at the foot. Only what your "
         "role may use is shown."),
    Step(".head-night", "所有数字都按同一个日期计算，就是这里写的日期；数据过期时会提醒。",
         "Every figure is as of one date, the one written here; it warns when that is old."),
)  # fmt: skip
AFTER = (
    Step("details.help", "不明白的地方点问号，会用一段话说明。",
         "A question mark explains in one paragraph what you look at."),
    Step("details.menu", "这里切换语言和深浅色，管理密码与登录安全，也可以再看一遍导览。",
         "Language, light or dark, password and login security are here, and this tour once more."),
)  # fmt: skip
# What a home page is for, by the name of its address.
HERE: dict[str, tuple[str, str]] = {
    "customer_search": ("这是您的首页：您管户的客户按资产排列，可按层级、客群和流失预警筛选，也可查找一位客户。",
                        "Your home: the customers you look after, by what they have with the bank; filter the list, or "
                        "find one."),
    "overview": ("这是您的首页：客户、资产、层级变动、流失预警和触达，都与上期相比；点数字看是哪些客户。",
                 "Your home: customers, money, moves between tiers, warnings and contacts beside the time before; a "
                 "figure leads to who is behind it."),
    "audiences": ("这是您的首页：圈出一群客户，随时看到人数和画像，存下来供活动使用。",
                  "Your home: draw a group of customers, watch its size and profile, and keep it for campaigns."),
    "changes": ("这是您的首页：触达规则和容量的变更，各自改了什么、试算结果如何、等谁审批。",
                "Your home: changes of policy and capacity, what each would do, and whom it waits for."),
    "nights": ("这是您的首页：昨晚的夜批是否正常，不正常时原因在哪里。",
               "Your home: whether last night is right, and if not, why."),
    "audit": ("这是您的首页：从一件事查到底，并验证审计链没有被改动。",
              "Your home: follow one event to its end, and verify that the chain is unbroken."),
    "people": ("这是您的首页：谁在哪里、做什么、能不能登录。",
               "Your home: who works where, as what, and who can log in."),
}  # fmt: skip


def steps(home: str) -> list[Step]:
    """What is told, in order, on the home page whose address has the name ``home``."""
    return [Step("h1", *HERE[home]), *AROUND, *AFTER]
