"""What a lawyer reads first: what is in the zip, what it proves, and what it cannot."""

ENGLISH = """\
EVIDENCE OF ONE CALL
====================

Call      {call}
Made      {made_at}
Key       {key}
Ledger    {size} rows, signed at {signed_at}

How to check it
---------------
On any computer with Python 3.9 or newer, without a network:

    pip install cryptography        (once; the only thing needed beside Python)
    python3 verify.py {key}

It says a sentence for each thing it checks and ends with "Everything holds" or names what does not. The key's name
above must be the one that the centre gave you by another way: on a printed daily certificate, in a letter, in an
earlier piece of evidence. Whoever made this file anew with a key of his own would show another name.

What is in it
-------------
audio.flac, audio.wav    the recording, left the agent, right the customer; both hold the same samples
call.json                the call's facts, with the whole number
timeline.txt, .json      what happened when
business.json            the registration with its confirmations, and the quality checks
custody.txt              every entry of the ledger about the call: dialed, ended, sealed, heard, taken away, held
ledger.json              the same entries as they are hashed, each with its proof (RFC 6962)
checkpoint.txt           the signed state of the whole ledger (C2SP tlog-checkpoint, Ed25519)
checkpoint-first.txt     the first signed state that held the seal of this recording
timestamp.tsr            where there is one: a time stamp of another authority (RFC 3161) over checkpoint-stamped.txt
vcon.json, vcon.jws.json the call in the form of the IETF (vCon), and signed
manifest.json, .sig      the SHA-256 of every file, and its signature
ledger-key.txt           the public key
verify.py                the checks; it can be read, and it can be written anew by anybody from these documents

What it proves
--------------
That the recording is, sample by sample, the one that was sealed; that the entries about it are those of the ledger,
and that since each signed state nothing in the ledger was changed, removed, put in between or put in another order.

What it does not prove
----------------------
- Who spoke. A voice is not a name.
- What was never in the ledger: a call made past the dialer is seen only in the records of Asterisk or the carrier.
- That an entry was true when it was written. The proof begins with the seal; between the last spoken word and the
  seal lie some seconds in which the centre's own machine alone held the audio.
- The time, beyond the centre's own clock, unless there is a time stamp of another authority.
- Against a centre that writes its ledger anew and signs it anew before anybody else has a checkpoint of it: keep the
  checkpoints of others' days, and compare.
"""

CHINESE = """\
单次通话证据包
==============

通话编号  {call}
制作时间  {made_at}
签名密钥  {key}
账本      共 {size} 条，签名时间 {signed_at}

如何核验
--------
在任何装有 Python 3.9 或更新版本的电脑上，无需联网：

    pip install cryptography        （只需一次；除 Python 外唯一需要的组件）
    python3 verify.py {key}

程序对每项检查给出一句结论，最后显示"全部通过"，或指出未通过的项目。上面的密钥名称须与呼叫中心通过其他途径
告知您的一致（打印的每日证书、书面函件或此前的证据包）。若有人用自己的密钥重新制作本文件，名称会不同。

内容
----
audio.flac, audio.wav    录音：左声道为话务员，右声道为客户；两份文件的采样完全相同
call.json                通话事实，含完整号码
timeline.txt, .json      时间线
business.json            登记及其确认、质检记录
custody.txt              账本中关于本次通话的全部条目：拨打、结束、封存、收听、导出、保全
ledger.json              同样的条目（按哈希原文），每条附包含证明（RFC 6962）
checkpoint.txt           整个账本的签名状态（C2SP tlog-checkpoint，Ed25519）
checkpoint-first.txt     首个包含本录音封存条目的签名状态
timestamp.tsr            如有：第三方机构对 checkpoint-stamped.txt 的时间戳（RFC 3161）
vcon.json, vcon.jws.json IETF vCon 格式的通话记录及其签名
manifest.json, .sig      每个文件的 SHA-256 及清单签名
ledger-key.txt           公钥
verify.py                核验程序；可以阅读，任何人也可依本说明重写

能证明什么
----------
录音逐个采样与封存时相同；关于它的条目就是账本中的条目；自每个签名状态起，账本没有任何条目被修改、删除、
插入或调换顺序。

不能证明什么
------------
- 说话的人是谁。声音不等于姓名。
- 从未进入账本的事：绕过拨号系统的通话只见于 Asterisk 或运营商的话单。
- 条目写入时是否属实。证明自封存开始；从最后一句话到封存之间有数秒，录音只在中心自己的机器上。
- 时间以中心自己的时钟为准，除非附有第三方时间戳。
- 若中心在任何他人持有检查点之前重写并重新签名整个账本，本包无法发现：请保存检查点并相互比对。
"""

TITLES = {
    "intent": "about to be dialed / 准备拨打",
    "outcome": "ended / 结束",
    "disposed": "what came of it / 处理结果",
    "seal": "recording sealed / 录音封存",
    "absence": "no recording, reasoned / 无录音并注明原因",
    "listened": "heard / 收听",
    "exported": "taken away / 导出",
    "number_revealed": "whole number seen / 查看完整号码",
    "hold_set": "held / 保全",
    "hold_lifted": "hold lifted / 解除保全",
    "pause_interval": "recording paused / 暂停录音",
    "dnc_added": "never to be called again / 列入勿扰名单",
    "retention": "erased by rule / 到期删除",
    "erasure": "erased by order / 依令删除",
}
NONE_ON_FILE = "none on file / 无记录"
