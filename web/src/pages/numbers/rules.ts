/** Who has how many numbers, what may be drawn, and what came of an order. Pure. */
import type { Schemas } from "@/api/client";

export type Holding = Schemas["Holding"];
export type StockLine = Schemas["StockLine"];
export type Move = Schemas["Move"];
export type Done = Schemas["Done"];
export type Team = Schemas["Team"];
export type By = "list" | "region" | "quality";

/** What one order may name: a list, a region, a grade; nothing = any. */
export interface Kind {
  list_id?: string;
  region?: string;
  quality?: string;
}

export const BYS: readonly By[] = ["list", "region", "quality"];
export const COUNT_MAX = 5000; // numbers of one order
const UNDOABLE: readonly Move["kind"][] = ["draw", "issue", "take_back", "return", "transfer"];

/** The accounts of a team: the leader's own first, then its agents', him among them when he sells. */
export function linesOf(holdings: readonly Holding[], team: Team): { leader: Holding | undefined; agents: Holding[] } {
  const people = new Set([team.leader_id, ...team.members.map(({ user_id }) => user_id)]);
  const mine = holdings.filter(({ user_id }) => people.has(user_id));
  return {
    leader: mine.find(({ holder, user_id }) => holder === "leader" && user_id === team.leader_id),
    agents: mine.filter(({ holder }) => holder === "agent"),
  };
}

/** All that passed through an account since its last close. */
export function totalOf({ brought, received }: Pick<Holding, "brought" | "received">): number {
  return brought + received;
}

/** The sums of several accounts. */
export function sumOf(lines: readonly Holding[]): Pick<Holding, "open" | "used" | "returned" | "difference"> & { total: number } {
  const sum = (of: (line: Holding) => number) => lines.reduce((all, line) => all + of(line), 0);
  return {
    total: sum(totalOf),
    open: sum(({ open }) => open),
    used: sum(({ used }) => used),
    returned: sum(({ returned, passed_on }) => returned + passed_on),
    difference: sum(({ difference }) => difference),
  };
}

export interface Group {
  key: string;
  name: string;
  count: number;
  kind: Kind;
  /** The parts of which it is made, the largest first. */
  parts: { name: string; count: number }[];
}

/** The stock by list, region or grade; the largest first. What has no name is `unnamed`. */
export function groupsOf(lines: readonly StockLine[], by: By, unnamed: string): Group[] {
  const groups = new Map<string, StockLine[]>();
  for (const line of lines) {
    const key = keyOf(line, by);
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return [...groups].map(([key, found]) => groupOf(key, found, by, unnamed)).toSorted((one, other) => other.count - one.count);
}

function groupOf(key: string, lines: readonly StockLine[], by: By, unnamed: string): Group {
  const first = lines[0];
  const name = (by === "list" ? first?.list_name : key) ?? "";
  const parts = new Map<string, number>();
  for (const line of lines) {
    const part = (by === "quality" ? line.region : line.quality) || unnamed;
    parts.set(part, (parts.get(part) ?? 0) + line.count);
  }
  return {
    key,
    name: name === "" ? unnamed : name,
    count: lines.reduce((sum, { count }) => sum + count, 0),
    kind: kindOf(key, by),
    parts: [...parts].map(([part, count]) => ({ name: part, count })).toSorted((one, other) => other.count - one.count),
  };
}

function keyOf(line: StockLine, by: By): string {
  return by === "list" ? (line.list_id ?? "") : line[by];
}

function kindOf(key: string, by: By): Kind {
  if (by === "list") return key === "" ? {} : { list_id: key };
  return by === "region" && key === "" ? {} : { [by]: key };
}

/** How many of the stock fit what is asked for. */
export function fitting(lines: readonly StockLine[], kind: Kind): number {
  const fits = (line: StockLine) =>
    (kind.list_id === undefined || line.list_id === kind.list_id) &&
    (kind.region === undefined || line.region === kind.region) &&
    (kind.quality === undefined || line.quality === kind.quality);
  return lines.filter(fits).reduce((sum, { count }) => sum + count, 0);
}

/** Whether the person may take a move back: his own, or any for who commands leaders, while it has no counter-entry. */
export function canUndo(move: Move, me: string, commands: boolean): boolean {
  return UNDOABLE.includes(move.kind) && move.reversed_by === null && (commands || move.by === me);
}

/** So many for each, or so many shared evenly: what an order asks for in all. */
export function askedFor(how: "each" | "total", count: number, people: number): number {
  return how === "each" ? count * people : count;
}


/** The accounts that were closed together, in the order of their closes. */
export function closesOf<T extends { request_id: string }>(shifts: readonly T[]): T[][] {
  const closes = new Map<string, T[]>();
  for (const shift of shifts) closes.set(shift.request_id, [...(closes.get(shift.request_id) ?? []), shift]);
  return [...closes.values()];
}
