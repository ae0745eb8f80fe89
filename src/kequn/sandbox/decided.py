"""What a made-up bank decides: twelve campaigns of six departments that overlap heavily, and scarce capacity."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from kequn.workspace import Workspace

CAPACITY = """# Made up for a bank of {customers} customers: everything that costs something is scarce.
channels:
  sms: {{zh: 短信, en: SMS, cost_fen: 5, contacts: {sms}, from_hour: 9, until_hour: 20}}
  rcs: {{zh: 5G消息, en: 5G message, cost_fen: 9, contacts: {rcs}, from_hour: 9, until_hour: 20}}
  wecom: {{zh: 企业微信, en: WeCom, cost_fen: 20, contacts: {wecom}, from_hour: 9, until_hour: 20}}
  ai_call: {{zh: 智能外呼, en: AI call, cost_fen: 35, contacts: {ai_call},
    from_hour: 9, until_hour: 19, unit_zh: 通, unit_en: call}}
  agent_call: {{zh: 人工外呼, en: agent call, cost_fen: 450, contacts: {agent_call},
    from_hour: 9, until_hour: 18, unit_zh: 通, unit_en: call}}
  app: {{zh: 手机银行, en: app, cost_fen: 1, contacts: {app}}}
  popup: {{zh: 柜面弹屏, en: counter pop-up, cost_fen: 1, contacts: {popup}, from_hour: 9, until_hour: 17}}
  rm: {{zh: 客户经理, en: relationship manager, cost_fen: 1500,
    from_hour: 9, until_hour: 18, unit_zh: 条商机, unit_en: lead}}
  email: {{zh: 邮件, en: e-mail, cost_fen: 1, contacts: {email}}}
rm_leads: 5
branch_leads: 30
departments:
  deposits: {{zh: 存款部, en: Deposits, floor: 0.10}}
  wealth: {{zh: 财富管理部, en: Wealth management}}
  cards: {{zh: 信用卡部, en: Cards, floor: 0.12}}
  loans: {{zh: 个人信贷部, en: Personal loans}}
  mobile: {{zh: 数字金融部, en: Mobile banking, floor: 0.05}}
  private: {{zh: 私人银行部, en: Private banking}}
floor_price_fen: 300
"""
# The campaigns promise and hold back so much in a bank of this size.
CUSTOMERS = 50_000
SIZED = re.compile(r"^( *(?:minimum|daily_limit|stock): )(\d+)$", re.MULTILINE)
# Contacts a day for a thousand customers.
A_THOUSAND = {"sms": 60, "rcs": 25, "wecom": 20, "ai_call": 15, "agent_call": 2, "app": 90, "popup": 15, "email": 20}


def decide(workspace: Workspace, customers: int) -> list[Path]:
    """Write campaigns and capacity where the workspace has none; returns what was written."""
    written: list[Path] = []
    folder, capacity = workspace.own("campaigns"), workspace.home / "capacity.yaml"
    if not folder.is_dir():
        folder.mkdir(parents=True)
        for item in sorted(resources.files(__package__).joinpath("campaigns").iterdir(), key=lambda item: item.name):
            if item.name.endswith(".yaml"):
                written.append(folder / item.name)
                written[-1].write_text(sized(item.read_text("utf-8"), customers), "utf-8")
    if not capacity.is_file():
        contacts = {name: max(1, customers * share // 1000) for name, share in A_THOUSAND.items()}
        capacity.write_text(CAPACITY.format(customers=customers, **contacts), "utf-8")
        written.append(capacity)
    return written


def sized(text: str, customers: int) -> str:
    """A campaign with its promises and stocks in proportion to the bank: a small one could not keep the others'."""
    return SIZED.sub(lambda line: f"{line.group(1)}{int(line.group(2)) * customers // CUSTOMERS}", text)
