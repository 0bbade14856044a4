"""What the practice floor's people and the house say, and in which voice.

espeak-ng's `cmn` voice reads Chinese characters as English letters; `cmn-latn-pinyin` with pinyin speaks Chinese.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One sentence: who says it (espeak voice, pitch, words per minute) and what, in pinyin or English."""

    voice: str
    text: str
    pitch: int = 50
    pace: int = 165


_HOUSE = "cmn-latn-pinyin+f2"
_AGENT = "cmn-latn-pinyin+f3"
_CUSTOMER = ("cmn-latn-pinyin+m3", "cmn-latn-pinyin+m1", "cmn-latn-pinyin+m7")

_AGENT_SAYS = (
    "nin2 hao3, wo3 shi4 tian1zhou1 hu1jiao4 zhong1xin1 de5 hua4wu4yuan2, qing3wen4 nin2 xian4zai4 fang1bian4 ma5?",
    "wo3men5 you3 yi1 xiang4 xin1 ye4wu4, mei3 yue4 wu3 yuan2, nin2 ke3yi3 sui2shi2 qu3xiao1.",
    "hao3 de5, wo3 wei4 nin2 que4ren4 yi1xia4, nin2 tong2yi4 kai1tong1 zhe4 xiang4 ye4wu4 ma5?",
    "gan3xie4 nin2 de5 jie1ting1, zhu4 nin2 sheng1huo2 yu2kuai4, zai4jian4.",
)
_CUSTOMER_SAYS = (
    "wei2, ni3 hao3, na3 wei4?",
    "en4, fang1bian4, ni3 shuo1 ba5.",
    "zhe4 ge4 yao4 duo1shao3 qian2? hui4 zi4dong4 kou4 fei4 ma5?",
    "wo3 kao3lü4 yi1xia4, ni3 neng2 zai4 shuo1 yi1 bian4 ma5?",
    "hao3 de5, wo3 tong2yi4 kai1tong1.",
    "bu4 yong4 le5, xie4xie5, wo3 hen3 mang2.",
)
# (file, lines said one after the other)
SCRIPT: dict[str, tuple[Line, ...]] = {
    "abandon": (
        Line(
            _HOUSE,
            "nin2 hao3, zhe4li3 shi4 tian1zhou1 hu1jiao4 zhong1xin1. hen3 bao4qian4, xian4zai4 mei2you3"
            " kong4xian2 de5 hua4wu4yuan2. ru2guo3 nin2 bu4 xi1wang4 zai4 jie1dao4 wo3men5 de5 dian4hua4,"
            " qing3 an4 jiu3.",
        ),
        Line(
            "en+f2",
            "Hello, this is the Tianzhou call centre. We are sorry, nobody is free to speak with you now."
            " To never be called again, press nine.",
        ),
    ),
    "optout": (Line(_HOUSE, "hao3 de5, wo3men5 bu4 hui4 zai4 gei3 nin2 da3 dian4hua4. zai4jian4."),),
    "machine": (
        Line(_CUSTOMER[2], "nin2 hao3, wo3 xian4zai4 bu4 neng2 jie1 dian4hua4, qing3 zai4 di1 sheng1 hou4 liu2yan2."),
    ),
    "invalid": (
        Line(_HOUSE, "dui4bu5qi3, nin2 bo1da3 de5 hao4ma3 shi4 kong1hao4, qing3 he2dui4 hou4 zai4 bo1."),
        Line("en+f2", "Sorry, the number you dialed does not exist. Please check it and dial again."),
    ),
    **{f"agent-{n}": (Line(_AGENT, text, 60, 175),) for n, text in enumerate(_AGENT_SAYS, 1)},
    **{f"customer-{n}": (Line(_CUSTOMER[n % 3], text, 35, 160),) for n, text in enumerate(_CUSTOMER_SAYS, 1)},
}

FILES = (*(f"{name}.wav" for name in SCRIPT), "beep.wav", "moh/hold.wav")
