"""The words of the file of rejects, Chinese and English: who opens it may not have the console at hand."""

from api.numbers.rules import RejectReason

_HEADS = {"row": "行 Row", "head": "列 Column", "value": "内容（已遮盖） Value (masked)", "reason": "原因 Reason"}
_REASONS = {
    RejectReason.NO_NUMBER: "没有号码 No number",
    RejectReason.MALFORMED: "不是可拨打的号码 Not a number that can be dialed",
    RejectReason.ROUNDED: (
        "号码被 Excel 改成科学计数，已丢位数；请把该列设为文本后重新导出 Excel rounded it: export the column as text"
    ),
    RejectReason.SHORT_NUMBER: "短号、紧急或服务号码 A short, emergency or service number",
    RejectReason.SERVICE_NUMBER: "400/800 服务号码 A 400 or 800 service number",
    RejectReason.FOREIGN: "境外号码 A number of another country",
    RejectReason.FORMULA: "单元格是公式 The cell is a formula",
    RejectReason.CONTROL_CHARACTER: "含有控制字符 A control character in it",
    RejectReason.BAD_ENCODING: "编码错误，无法读取 Cannot be read: its encoding is broken",
    RejectReason.CELL_TOO_LONG: "单元格过长 A cell is too long",
    RejectReason.TOO_MANY_COLUMNS: "列数过多 Too many columns",
    RejectReason.DUPLICATE_IN_FILE: "与本文件前面的号码重复 Stands earlier in this file",
    RejectReason.DUPLICATE_IN_CAMPAIGN: "本营销活动已有此号码 The campaign has it already",
    RejectReason.DUPLICATE_IN_CENTRE: "其他营销活动正在使用此号码 Another campaign has it",
    RejectReason.REGISTERED: "已注册该业务的客户 A customer already",
    RejectReason.DNC: "禁呼名单中的号码 On the do-not-call list",
}


def head_of(name: str) -> str:
    """A column's title."""
    return _HEADS[name]


def reason_of(reason: str) -> str:
    """Why it was rejected, in both languages."""
    return _REASONS[RejectReason(reason)]
