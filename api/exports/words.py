"""The words of a file that is taken away: its head, and what the codes in it mean. Chinese is the original."""

from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    """Of the head and the codes."""

    ZH = "zh"
    EN = "en"


Words = Mapping[str, str]

HEAD_ZH: Words = {
    "call": "通话编号",
    "started_at": "拨号时间",
    "agent_name": "话务员",
    "agent_username": "工号",
    "campaign": "营销活动",
    "region": "地区",
    "number": "号码",
    "length_s": "录音时长（秒）",
    "talk_s": "通话时长（秒）",
    "disposition": "通话结果",
    "status": "录音",
    "reason": "说明",
    "problems": "问题",
    "incidents": "未关闭事件",
    "sealed_at": "封存时间",
    "sha256": "SHA-256",
}
HEAD_EN: Words = {
    "call": "Call",
    "started_at": "Dialed at",
    "agent_name": "Agent",
    "agent_username": "User name",
    "campaign": "Campaign",
    "region": "Region",
    "number": "Number",
    "length_s": "Recorded (s)",
    "talk_s": "Talk (s)",
    "disposition": "Disposition",
    "status": "Recording",
    "reason": "Reason",
    "problems": "Problems",
    "incidents": "Open incidents",
    "sealed_at": "Sealed at",
    "sha256": "SHA-256",
}
CODES_ZH: Words = {
    "present": "有录音",
    "absent": "无录音",
    "sale": "成交",
    "refused": "拒绝",
    "callback": "约定回拨",
    "no_answer": "无人接听",
    "busy": "占线",
    "invalid_number": "空号",
    "machine": "语音信箱",
    "no_voice": "无声",
    "cannot_hear": "听不清",
    "nuisance": "骚扰",
    "dnc": "要求勿扰",
    "other": "其他",
    "out_of_scope": "转介",
    "opt_out": "要求退订",
    "dialect": "方言，转派",
    "ask_supervisor": "要求主管",
    "redialed": "立即重拨",
    "congestion": "线路拥塞",
    "failed": "线路故障",
    "rejected": "被拒接",
    "invalid": "空号或停机",
    "trunk_failed": "线路故障",
    "cancelled": "已取消",
    "not_dialed": "未拨出",
    "unknown": "结果不明",
    "recorder_failed": "已接通但未录到",
    "erased": "已依批准删除",
    "retention": "已到期清除",
    "no_media": "双方均无声音",
    "customer_leg_missing": "缺客户声道",
    "agent_leg_missing": "缺话务员声道",
    "repaired": "文件头经修复",
    "short": "录音短于通话",
}
WORDS: Mapping[Language, tuple[Words, Words]] = {Language.ZH: (HEAD_ZH, CODES_ZH), Language.EN: (HEAD_EN, {})}


def head(name: str, language: Language) -> str:
    """The word over a column."""
    return WORDS[language][0][name]


def word(code: str | None, language: Language) -> str:
    """What a code means; English has the code itself, with spaces. A code without a word stays as it is."""
    return "" if code is None else WORDS[language][1].get(code, code.replace("_", " "))
