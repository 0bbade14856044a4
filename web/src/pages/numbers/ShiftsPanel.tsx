import { Skeleton } from "@mantine/core";
import { Lock } from "lucide-react";
import type { Schemas } from "@/api/client";
import { useTexts } from "@/i18n";
import { Empty } from "@/ui/Empty";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimes } from "@/ui/useTimes";
import { useShifts } from "./data";
import side from "./side.module.css";
import { closesOf, type Team } from "./rules";

/** Shifts that were closed, those of one close together. */
export function ShiftsPanel({ team }: { team: Team }) {
  const texts = useTexts().numbers;
  const { data, error } = useShifts();
  if (error) return <ProblemNotice error={error} />;
  if (!data) return <Skeleton height={160} />;
  const people = new Set([team.leader_id, ...team.members.map(({ user_id }) => user_id)]);
  const closes = closesOf(data.filter(({ user_id }) => people.has(user_id)));
  if (closes.length === 0) return <Empty icon={Lock} title={texts.shifts.none} hint={texts.shifts.noneHint} />;
  return (
    <ol className={side.shifts}>
      {closes.map((shifts) => (
        <Close key={shifts[0]?.request_id} shifts={shifts} />
      ))}
    </ol>
  );
}

function Close({ shifts }: { shifts: readonly Schemas["Shift"][] }) {
  const { moment } = useTimes();
  const first = shifts[0];
  if (first === undefined) return null;
  return (
    <li>
      <h3>{moment(first.closed_at)}</h3>
      <ShiftTable shifts={shifts} />
    </li>
  );
}

type Line = Pick<Schemas["Shift"], "user_id" | "name" | "holder" | "brought" | "received" | "used" | "returned" | "passed_on" | "open">;

/** Each account of a shift: what came is what went and what is open. */
export function ShiftTable({ shifts }: { shifts: readonly Line[] }) {
  const texts = useTexts().numbers;
  const { count } = useTimes();
  return (
    <table className={side.sums}>
      <thead>
        <tr>
          <th scope="col">{texts.sums.who}</th>
          {(["in", "used", "gone", "open"] as const).map((name) => (
            <th key={name} scope="col">
              {texts.sums[name]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shifts.map((line) => (
          <tr key={`${line.user_id} ${line.holder}`}>
            <th scope="row">
              {line.name}
              {line.holder === "leader" && <small> {texts.board.leader}</small>}
            </th>
            <td>{count(line.brought + line.received)}</td>
            <td>{count(line.used)}</td>
            <td>{count(line.returned + line.passed_on)}</td>
            <td>{count(line.open)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
