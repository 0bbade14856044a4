import { useTexts } from "@/i18n";
import { Meter } from "@/ui/Meter";
import { useTimes } from "@/ui/useTimes";
import classes from "./numbers.module.css";
import { type linesOf, sumOf, type Team } from "./rules";

interface Props {
  team: Team;
  lines: ReturnType<typeof linesOf>;
  stock: number | undefined;
}

/** The team in four figures, in the order in which a number passes through them. */
export function Figures({ team, lines, stock }: Props) {
  const texts = useTexts().numbers.figures;
  const { count } = useTimes();
  const agents = sumOf(lines.agents);
  const leader = lines.leader?.open ?? 0;
  const open = leader + agents.open;
  return (
    <div className={classes.figures}>
      <Figure name={texts.stock} value={stock === undefined ? "–" : count(stock)} note={texts.stockNote} />
      <Figure name={texts.leader} value={count(leader)} note={texts.leaderNote} />
      <Figure name={texts.agents} value={count(agents.open)} note={texts.agentsNote(lines.agents.length)} />
      <Figure name={texts.used} value={count(agents.used + (lines.leader?.used ?? 0))} note={texts.usedNote} />
      <div className={classes.figure} role="group" aria-label={texts.quota}>
        <span>{texts.quota}</span>
        <strong>
          {count(open)}
          <small> / {count(team.quota)}</small>
        </strong>
        <Meter value={team.quota === 0 ? 1 : open / team.quota} color={open >= team.quota ? "var(--tz-warn-line)" : "var(--tz-accent)"} />
      </div>
    </div>
  );
}

function Figure({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div className={classes.figure} role="group" aria-label={name}>
      <span>{name}</span>
      <strong>{value}</strong>
      <small>{note}</small>
    </div>
  );
}
