import type { Texts } from "../zh";

const recorder = {
  recorder_not_started: {
    title: "Recorder did not start",
    means: "A call was answered and its recording files did not appear. It is not joined to an agent.",
    next: "See that the recording folder is there and can be written, and that the disk has space; then make a test call.",
  },
  not_growing: {
    title: "Recording stopped growing",
    means: "A call goes on and its files no longer grow: sound may be lost this moment.",
    next: "Look at the disk's space and Asterisk's log now; listen to the recording when the call is over.",
  },
  recorder_stopped: {
    title: "Recorder was stopped",
    means: "The recorder was stopped during a call, and not by us. Dialing is stopped.",
    next: "Find out who or what was logged in to Asterisk; close this when you know, and dialing goes on.",
  },
  one_sided: {
    title: "Only one side was heard",
    means: "One side is without any sound, the other is not.",
    next: "Listen to it; look at the agent's phone, headset and network.",
  },
  silent: {
    title: "No sound at all",
    means: "The call was connected, and neither side made a sound.",
    next: "Listen to it; if there are several, look at the trunk and the firewall's audio ports.",
  },
  length_differs: {
    title: "Length disagrees",
    means: "More than a second is missing that no mutual silence accounts for.",
    next: "Listen where it is missing; look at disk and load at that time.",
  },
  crash_truncated: {
    title: "End lost in a crash",
    means: "Asterisk died during the call: its last seconds are lost, the rest is sealed.",
    next: "See how many seconds; call the customer back if needed, and find out why Asterisk died.",
  },
  backlog: {
    title: "Sealing is behind",
    means: "Calls that ended wait too long to be sealed. Their files are safe in the spool.",
    next: "See that the worker and the storage work; it catches up by itself.",
  },
  disk_reserve: {
    title: "Recording disk under its reserve",
    means: "Less is left than the reserve. Dialing is stopped, so that nothing is lost.",
    next: "Free or add disk; this closes by itself and dialing goes on.",
  },
  self_test_failed: {
    title: "Recorder self-test failed",
    means: "The hourly test call was not recorded as it should be. Dialing is stopped.",
    next: "Look at trunk, Asterisk and worker as the detail says; the next good test closes this.",
  },
  worker_away: {
    title: "Recordings worker is away",
    means: "The process that seals gives no sign of life. Calls are still recorded, and not sealed.",
    next: "Start the worker again and read its log; it catches up by itself.",
  },
} as const;

const completeness = {
  not_recorded: {
    title: "Answered, not recorded",
    means: "The call was answered and there is no recording. It cannot be had again.",
    next: "Find out why the recorder failed; ask the agent what was said, and write it into the resolution.",
  },
  not_settled: {
    title: "Not settled",
    means: "The call ended long ago and is neither sealed nor known to be absent.",
    next: "Read the worker's log; if its files are still in the spool, delete none.",
  },
  call_unknown: {
    title: "A call nobody placed",
    means: "Asterisk's records, the ledger or a file know a call that the attempts do not.",
    next: "Find out who dialed past the system, or whether an attempt was deleted.",
  },
  cdr_missing: {
    title: "Not in Asterisk's records",
    means: "The attempt was answered, and Asterisk's own call records do not have it.",
    next: "See whether the CDR file was changed or deleted; compare with the recording.",
  },
  cdr_not_answered: {
    title: "Answered or not?",
    means: "Asterisk's records have an answer that the attempt does not know.",
    next: "Compare times with the CDR; find out whether something was said and not recorded.",
  },
  row_gone: {
    title: "Recording's row changed",
    means: "The ledger has the seal, and the recordings row is gone or says something else.",
    next: "Somebody may have changed the database: keep all as it is, run tianzhou verify, tell the administrator.",
  },
  audio_missing: {
    title: "Audio missing",
    means: "The recording was sealed and is not in the store.",
    next: "Bring it back from the backup now; find out who deleted it.",
  },
  audio_differs: {
    title: "Audio changed",
    means: "What lies in the store is not what was sealed.",
    next: "Do not use it as evidence; bring it back from the backup and find out why.",
  },
  orphan: {
    title: "File of no call",
    means: "A file that no call accounts for. It was adopted with its hash, not deleted.",
    next: "Look at it in var/adopted and find out where it comes from.",
  },
} as const;

const ledger = {
  ledger_broken: {
    title: "Ledger broken",
    means: "The chain does not hold: rows were changed, removed or inserted. Dialing is stopped.",
    next: "Keep all as it is; run tianzhou verify and compare with the backup.",
  },
  checkpoint_broken: {
    title: "Ledger against checkpoint",
    means: "The ledger disagrees with a checkpoint signed before: history was rewritten. Dialing is stopped.",
    next: "Keep all as it is; compare with a checkpoint kept elsewhere; tell manager and administrator.",
  },
  key_missing: {
    title: "Key missing",
    means: "A recording cannot be opened: its key, or the key of keys, is not there.",
    next: "Bring var/secrets.json back from the backup; delete nothing before.",
  },
  clock_stepped: {
    title: "Clock stepped",
    means: "The server's time jumped; times around it may be wrong.",
    next: "Look at the time service; the size of the step is in the ledger.",
  },
  storage_away: {
    title: "Storage away",
    means: "The store of recordings does not answer. They wait in the spool; none is lost.",
    next: "Bring the storage back; keep an eye on the spool's disk.",
  },
  storage_lies: {
    title: "Storage not to be trusted",
    means: "The store said \"kept\", and what was read back is something else. The originals stay in the spool.",
    next: "Repair or replace the storage; do not empty the spool before.",
  },
} as const;

const people = {
  many_plays: {
    title: "Many recordings heard",
    means: "One person heard more recordings within an hour than allowed. Each play is in the ledger.",
    next: "Ask the person and the supervisor what for; end the person's logins if need be.",
  },
} as const;

export const incidents: Texts["incidents"] = {
  title: "Incidents",
  which: "Which to show",
  open: "Open",
  mine: "Mine",
  all: "All",
  list: "Incidents",
  stops: "Dialing stopped",
  noOwner: "No owner",
  owner: "Looked after by",
  you: "you",
  age: "For",
  since: "Found at",
  seen: (n) => (n === 1 ? "found once" : `found ${n} times`),
  lastSeen: "Last found",
  subject: "About",
  said: ({ detail }) => detail,
  unsaid: "What it means",
  unsaidOf: ({ means }) => means,
  next: "What to do next",
  facts: "Facts",
  recording: "Show the recording",
  take: "Take it",
  takeOver: "Take it over",
  taken: "Yours",
  close: "Close it",
  closeTitle: "Close the incident",
  closeHint: "Say what was found and what was done. It goes into the ledger and stays.",
  resolution: "Resolution",
  closed: (name, at) => `Closed by ${name}, ${at}`,
  bySystem: "the program, which found it over",
  ago: { s: "just now", m: (n) => `${n} min`, h: (n) => `${n} h`, d: (n) => (n === 1 ? "1 day" : `${n} days`) },
  failed: "The incidents cannot be read",
  noneTitle: "Nothing is wrong",
  noneHint: "No incident is open. All the time it is watched:",
  noMineTitle: "None is yours",
  noMineHint: "Those that wait for somebody are under Open: choose one and take it over.",
  neverTitle: "Nothing has ever gone wrong",
  watched: [
    "that each call's files appear, grow, hold both sides and are as long as the talk",
    "the disk's reserve, what waits to be sealed, the worker's sign of life, an hourly test call",
    "attempts, recordings, files and Asterisk's own records against each other, both ways (every 15 s, each night a whole day)",
    "the ledger, its checkpoints, keys, clock and storage",
  ],
  more: "Show more",
  keys: "↑ ↓ choose, t takes, c closes",
  kinds: { ...recorder, ...completeness, ...ledger, ...people },
};
