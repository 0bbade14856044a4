"""The certificate on one page, Chinese and English, for a person to file. Pure: facts in, bytes out.

STSong-Light is one of the fonts that every PDF reader has for Chinese: nothing is embedded, no font file is needed.
"""

import io
from collections.abc import Iterator, Mapping
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT, FIXED = "STSong-Light", "Courier"
WIDTH, HEIGHT = A4
LEFT, RIGHT = 52.0, WIDTH - 52.0
INK, QUIET, LINE = HexColor("#16232b"), HexColor("#5d6f7a"), HexColor("#c9d3d9")
GOOD, BAD, PALE = HexColor("#0b6b5d"), HexColor("#a8201a"), HexColor("#e4ebef")
MOST = 9  # reasons, and open incidents, that find a place
REASONS = {
    "no_answer": "无人接听 no answer",
    "busy": "占线 busy",
    "rejected": "拒接 rejected",
    "invalid": "空号 invalid number",
    "trunk_failed": "线路失败 trunk failed",
    "cancelled": "取消 cancelled",
    "not_dialed": "未拨出 not dialed",
    "unknown": "不明 unknown",
    "recorder_failed": "录音失败 recorder failed",
}
HOW_TO = (
    "验证：取同日 JSON，用 Ed25519 公钥验证签名；被签内容为下列前缀加规范 JSON（键排序、无空格、UTF-8）。",
    "To verify: take the day's JSON; the Ed25519 signature is over the prefix below followed by its member",
    '"certificate" as canonical JSON (keys sorted, no blanks, UTF-8). Prefix, ending in one line feed:',
    "tianzhou completeness certificate v1",
)


def draw(certificate: Mapping[str, Any]) -> bytes:
    """The PDF of a signed certificate."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    said = certificate["certificate"]
    page = Page(Canvas(out, pagesize=A4, invariant=1))
    page.canvas.setTitle(f"Tianzhou {said['day']}")
    _head(page, said)
    _sums(page, said)
    _plot(page, said)
    _columns(page, said)
    _foot(page, said, certificate["signature"])
    page.canvas.showPage()
    page.canvas.save()
    return out.getvalue()


class Page:
    """A canvas and how far down it is written."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas, self.y = canvas, HEIGHT - 56.0

    def write(self, text: str, size: float = 9, x: float = LEFT, colour: Color = INK, drop: float = 0.0) -> None:
        """Writes a line at `x`; `drop` goes down before it."""
        self.y -= drop
        self.canvas.setFillColor(colour)
        self.canvas.setFont(FONT, size)
        self.canvas.drawString(x, self.y, text)

    def code(self, text: str, drop: float = 12) -> None:
        """Writes what is to be compared letter by letter."""
        self.y -= drop
        self.canvas.setFillColor(INK)
        self.canvas.setFont(FIXED, 8.5)
        self.canvas.drawString(LEFT, self.y, text)

    def rule(self, drop: float) -> None:
        """A line across."""
        self.y -= drop
        self.canvas.setStrokeColor(LINE)
        self.canvas.line(LEFT, self.y, RIGHT, self.y)


def _head(page: Page, said: Mapping[str, Any]) -> None:
    page.write("录音完整性证明", 22)
    page.write("Certificate of recording completeness", 12, colour=QUIET, drop=20)
    page.write(f"{said['day']}  ({said['zone']})", 15, drop=30)
    page.write(f"{said['from']}  -  {said['to']}", 9, colour=QUIET, drop=15)
    page.write(f"节点 node {said['made_by']}    出具时间 made at {said['made_at']}", 9, colour=QUIET, drop=13)
    page.rule(14)


def _sums(page: Page, said: Mapping[str, Any]) -> None:
    """N calls, N recordings, 0 open; and the verdict."""
    absent = said["of_answered"]["absent"]
    figures = (
        (said["answered"], "接通 answered", INK),
        (said["of_answered"]["present"], "有录音 recorded", GOOD),
        (absent, "缺录音 missing", BAD if absent else INK),
        (said["of_answered"]["open"], "未定 open", BAD if said["of_answered"]["open"] else INK),
        (said["open_incidents"], "未关闭异常 open incidents", BAD if said["open_incidents"] else INK),
    )
    page.y -= 36
    for index, (count, name, colour) in enumerate(figures):
        x = LEFT + index * (RIGHT - LEFT) / len(figures)
        page.write(f"{count:,}", 22, x, colour)
        page.canvas.setFont(FONT, 9)
        page.canvas.setFillColor(QUIET)
        page.canvas.drawString(x, page.y - 14, name)
    whole = said["complete"]
    verdict = (
        "完整：应录呼叫全部有录音或有原因，无未关闭异常。Complete: every expected call is recorded or accounted for."
        if whole
        else "尚不完整：有未定、缺失或未关闭的异常。Not complete: something is open, missing or not yet explained."
    )
    page.write(verdict, 10, colour=GOOD if whole else BAD, drop=36)
    absent_all = sum(said["absent"].values())
    parts = f"有录音 present {said['present']:,} + 无录音 absent {absent_all:,} + 未定 open {said['open']:,}"
    page.write(f"拨号前登记 expected before dialing {said['expected']:,};  {parts}", 9, colour=QUIET, drop=16)
    if taken := said["of_answered"].get("taken_away", 0):  # kept ones may be older than the figure
        told = f"曾有录音，已到期清除或依令删除 recorded, taken away since by rule or by order {taken:,}"
        page.write(told, 9, colour=QUIET, drop=13)
    page.rule(14)


def _plot(page: Page, said: Mapping[str, Any]) -> None:
    """The answered calls of each hour, the recorded ones in them."""
    page.write("每小时接通与录音 Answered and recorded by the hour", 9, colour=QUIET, drop=18)
    hours = {hour["hour"]: hour for hour in said["hours"]}
    most = max([hour["answered"] for hour in said["hours"]], default=0) or 1
    step, high = (RIGHT - LEFT) / 24, 62.0
    base = page.y - high - 12
    for hour in range(24):
        counted = hours.get(hour, {"answered": 0, "present": 0})
        x = LEFT + hour * step
        for name, colour in (("answered", BAD), ("present", GOOD)):
            page.canvas.setFillColor(colour)
            page.canvas.rect(x + 2, base, step - 5, high * counted[name] / most, stroke=0, fill=1)
        page.canvas.setFillColor(PALE)
        page.canvas.rect(x + 2, base - 1, step - 5, 1, stroke=0, fill=1)
        page.canvas.setFillColor(QUIET)
        page.canvas.setFont(FONT, 7)
        page.canvas.drawString(x + 4, base - 9, f"{hour:02}")
    page.y = base - 14
    page.rule(6)


def _columns(page: Page, said: Mapping[str, Any]) -> None:
    """Why calls have no recording, and what is open."""
    top, middle = page.y, (LEFT + RIGHT) / 2 - 30
    page.write("无录音的原因 Why there is no recording", 9, colour=QUIET, drop=18)
    reasons = sorted(said["absent"].items(), key=lambda item: -item[1])
    for line in _shortened([f"{REASONS.get(reason, reason)}   {count:,}" for reason, count in reasons]):
        page.write(line, 9, drop=13)
    low, page.y = page.y, top
    page.write("异常 Incidents (未关闭 open / 全部 all)", 9, middle, QUIET, drop=18)
    kinds = said["incidents"]["kinds"].items()
    for line in _shortened([f"{kind}   {counts['open']} / {counts['all']}" for kind, counts in kinds]):
        page.write(line, 9, middle, drop=13)
    if not kinds:
        page.write("无 none", 9, middle, drop=13)
    page.y = min(low, page.y)
    page.rule(16)


def _shortened(lines: list[str]) -> Iterator[str]:
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield f"另有 {len(lines) - MOST} 项，见 JSON / {len(lines) - MOST} more in the JSON"


def _foot(page: Page, said: Mapping[str, Any], signature: str) -> None:
    """What the certificate hangs on, the signature, and how to check it."""
    note = said["ledger"]["checkpoint"]
    lines = note.splitlines() if note else []
    page.write("存证账本检查点 Ledger checkpoint", 9, colour=QUIET, drop=18)
    if len(lines) >= 3:
        page.code(f"{lines[0]}   rows {lines[1]}")
        page.code(f"root {lines[2]}")
    else:
        page.write("尚无 none yet", 8, drop=13)
    page.write("公钥 Public key (Ed25519, base64)", 9, colour=QUIET, drop=20)
    page.code(said["public_key"])
    page.write("签名 Signature", 9, colour=QUIET, drop=16)
    page.code(signature)
    page.y -= 8
    for line in HOW_TO:
        page.write(line, 8, colour=QUIET, drop=11)
