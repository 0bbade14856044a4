import type { Schemas } from "@/api/client";

/** What a kind of incident is called, what it means, and what to do next. */
export interface KindText {
  title: string;
  means: string;
  next: string;
}

/** What is said of one incident: what the program that found it wrote, and what its kind means. */
interface Said {
  detail: string;
  means: string;
}

type Kinds = Record<Schemas["IncidentKind"], KindText>;

const recorder = {
  recorder_not_started: {
    title: "录音未启动",
    means: "电话已接通，但录音文件没有出现。该通话不会与话务员连接。",
    next: "检查录音目录是否存在、可写，以及磁盘空间；再打一通测试电话。",
  },
  not_growing: {
    title: "录音停止增长",
    means: "通话进行中，录音文件不再增长，可能正在丢失声音。",
    next: "立即检查磁盘空间和语音平台日志；通话结束后听录音核对。",
  },
  recorder_stopped: {
    title: "录音被中途停止",
    means: "录音在通话中被停止，而系统没有下达停止命令。外呼已暂停。",
    next: "查明是谁或哪个程序登录过语音平台；确认原因后关闭本项，外呼恢复。",
  },
  one_sided: {
    title: "只录到一方声音",
    means: "一方全程无声，而另一方有声音。",
    next: "试听录音；检查该话务员的话机、耳机和网络。",
  },
  silent: {
    title: "双方均无声音",
    means: "通话接通了，但双方都没有任何声音。",
    next: "试听录音；若多通如此，检查线路和防火墙的语音端口。",
  },
  length_differs: {
    title: "录音长度不符",
    means: "录音比通话短一秒以上，且不能用双方静默解释。",
    next: "试听缺失处；检查该时段的磁盘空间与系统负载。",
  },
  crash_truncated: {
    title: "崩溃导致尾部缺失",
    means: "语音平台在通话中异常退出，录音最后几秒缺失，其余已封存。",
    next: "查看缺失秒数；必要时回访客户，并查明平台退出的原因。",
  },
  backlog: {
    title: "录音封存积压",
    means: "已结束的通话等待封存过久。录音仍在暂存区，尚未丢失。",
    next: "检查录音服务和存储是否正常；存储恢复后会自动追上。",
  },
  disk_reserve: {
    title: "录音磁盘余量不足",
    means: "剩余空间低于预留的录音时长。外呼已暂停，以免丢失录音。",
    next: "清理或扩容录音所在磁盘；空间恢复后自动关闭并恢复外呼。",
  },
  self_test_failed: {
    title: "录音自检失败",
    means: "每小时的测试电话没有完整录下来。外呼已暂停。",
    next: "按详情检查线路、语音平台和录音服务；下一次自检通过后自动恢复。",
  },
  worker_away: {
    title: "录音服务无响应",
    means: "负责封存录音的服务没有心跳。通话仍在录音，但不会被封存。",
    next: "重新启动录音服务，查看其日志；恢复后会自动追上。",
  },
} as const;

const completeness = {
  not_recorded: {
    title: "接通却没有录音",
    means: "电话已接通，但没有任何录音。录音无法补回。",
    next: "查明录音失败的原因；与话务员核实通话内容并记录在处理结果中。",
  },
  not_settled: {
    title: "录音长时间未定",
    means: "通话早已结束，却既没有封存，也没有缺失原因。",
    next: "检查录音服务的日志；该通话的文件若仍在暂存区，不要删除。",
  },
  call_unknown: {
    title: "出现未登记的通话",
    means: "语音平台的话单、存证账本或文件中有一通电话，而呼叫记录里没有。",
    next: "查明是谁绕过系统拨打，或呼叫记录是否被删除。",
  },
  cdr_missing: {
    title: "话单缺少该通话",
    means: "呼叫记录显示已接通，而语音平台的话单中没有。",
    next: "检查话单文件是否被修改或删除；与录音核对。",
  },
  cdr_not_answered: {
    title: "接通状态不一致",
    means: "话单显示客户已应答，而呼叫记录认为未接通。",
    next: "以话单时间核对，确认是否有未录音的通话。",
  },
  row_gone: {
    title: "录音记录被删改",
    means: "账本中有该录音的封存记录，而录音表中的记录已缺失或不同。",
    next: "可能有人改动了数据库：保留现场，运行 tianzhou verify，并告知系统管理员。",
  },
  audio_missing: {
    title: "录音文件缺失",
    means: "录音已封存，但存储中找不到文件。",
    next: "立即从备份恢复；查明是谁删除了文件。",
  },
  audio_differs: {
    title: "录音文件被更改",
    means: "存储中的录音与封存时不一致。",
    next: "不要使用该文件作为证据；从备份恢复并查明原因。",
  },
  orphan: {
    title: "无主的录音文件",
    means: "发现不属于任何通话的文件。文件已收存并记下校验值，没有删除。",
    next: "在 var/adopted 中查看该文件，判断其来源。",
  },
} as const;

const ledger = {
  ledger_broken: {
    title: "存证账本断裂",
    means: "账本的链条不连续，说明有记录被改动、删除或插入。外呼已暂停。",
    next: "保留现场，不要重启数据库；运行 tianzhou verify，并从备份核对。",
  },
  checkpoint_broken: {
    title: "账本与检查点不符",
    means: "账本与先前签名的检查点不一致，有人重写了历史。外呼已暂停。",
    next: "保留现场，用外部保存的检查点核对；告知经理和系统管理员。",
  },
  key_missing: {
    title: "缺少录音密钥",
    means: "某条录音无法解密：它的密钥或主密钥不在。",
    next: "从备份恢复 var/secrets.json；在此之前不要删除任何文件。",
  },
  clock_stepped: {
    title: "系统时钟跳变",
    means: "服务器时间突然改变，此前后的记录时间可能不准。",
    next: "检查时间同步服务；跳变的大小已写入账本。",
  },
  storage_away: {
    title: "存储无法访问",
    means: "录音存储没有响应。录音留在暂存区等待，不会丢失。",
    next: "恢复存储服务；留意暂存磁盘的余量。",
  },
  storage_lies: {
    title: "存储内容不可信",
    means: "存储声称已保存，读回的内容却不同。暂存区的原件没有删除。",
    next: "更换或修复存储；在此之前不要清理暂存区。",
  },
} as const;

const people = {
  many_plays: {
    title: "试听次数异常",
    means: "一人在一小时内试听的录音超过了限额。每次试听都已写入存证账本。",
    next: "向本人和其主管核实用途；必要时结束其登录。",
  },
} as const;

const kinds: Kinds = { ...recorder, ...completeness, ...ledger, ...people };

export const incidents = {
  title: "异常",
  which: "显示范围",
  open: "未关闭",
  mine: "我负责的",
  all: "全部",
  list: "异常列表",
  stops: "外呼已停",
  noOwner: "无人处理",
  owner: "处理人",
  you: "您",
  age: "已持续",
  since: "发现于",
  seen: (n: number) => `共发现 ${n} 次`,
  lastSeen: "最近发现",
  subject: "对象",
  // what a program wrote of one incident is English: a Chinese reader has the kind's meaning first, an English one that
  said: ({ means }: Said) => means,
  unsaid: "系统记录",
  unsaidOf: ({ detail }: Said) => detail,
  next: "处理建议",
  facts: "数据",
  recording: "查看录音",
  take: "接手",
  takeOver: "改由我处理",
  taken: "由您处理",
  close: "关闭异常",
  closeTitle: "关闭异常",
  closeHint: "写明查到了什么、做了什么。处理结果会写入存证账本，不可更改。",
  resolution: "处理结果",
  closed: (name: string, at: string) => `${name} 于 ${at} 关闭`,
  bySystem: "系统确认已恢复，",
  ago: { s: "刚刚", m: (n: number) => `${n} 分钟`, h: (n: number) => `${n} 小时`, d: (n: number) => `${n} 天` },
  failed: "无法读取异常列表",
  noneTitle: "一切正常",
  noneHint: "没有未关闭的异常。系统正在持续监视：",
  noMineTitle: "您没有负责的异常",
  noMineHint: "未关闭的异常在“未关闭”中，打开后可接手。",
  neverTitle: "还没有发生过异常",
  watched: [
    "每通电话的录音文件是否出现、增长、双方有声、长度相符",
    "录音磁盘余量、封存积压、录音服务心跳、每小时自检电话",
    "呼叫记录、录音、文件与语音平台话单的双向核对（每 15 秒，每夜全天）",
    "存证账本、检查点、密钥、时钟与存储",
  ],
  more: "显示更多",
  keys: "按 ↑ ↓ 选择，t 接手，c 关闭",
  kinds,
};
