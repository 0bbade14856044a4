import { ActionIcon, Checkbox, Menu } from "@mantine/core";
import { EllipsisVertical, UserPlus } from "lucide-react";
import { useTexts } from "@/i18n";
import { Empty } from "@/ui/Empty";
import { useTimes } from "@/ui/useTimes";
import type { OrderName } from "./Desk";
import classes from "./numbers.module.css";
import { type Holding, type linesOf, type Team, totalOf } from "./rules";

interface Props {
  team: Team;
  lines: ReturnType<typeof linesOf>;
  chosen: readonly string[];
  onChoose: (people: string[]) => void;
  onOrder: (order: OrderName, person: string) => void;
}

const PARTS = ["used", "gone", "open", "difference"] as const;

/** Who has how many numbers, a bar for each: what is over, what was given away, what is open. */
export function Board({ team, lines, chosen, onChoose, onOrder }: Props) {
  const texts = useTexts().numbers;
  const all = lines.agents.map(({ user_id }) => user_id);
  const most = Math.max(1, ...lines.agents.map(totalOf));
  return (
    <>
      <header className={classes.panelHead}>
        <Checkbox
          aria-label={texts.board.all}
          checked={all.length > 0 && chosen.length === all.length}
          indeterminate={chosen.length > 0 && chosen.length < all.length}
          disabled={all.length === 0}
          onChange={({ currentTarget: { checked } }) => onChoose(checked ? all : [])}
        />
        <h2>{texts.board.title}</h2>
        <Legend />
      </header>
      <ul className={classes.people}>
        {lines.leader && <Person line={lines.leader} most={Math.max(1, totalOf(lines.leader))} isLeader />}
        {lines.agents.map((line) => (
          <Person
            key={line.user_id}
            line={line}
            most={most}
            isChosen={chosen.includes(line.user_id)}
            onChoose={(isChosen) => onChoose(isChosen ? [...chosen, line.user_id] : chosen.filter((id) => id !== line.user_id))}
            onOrder={(order) => onOrder(order, line.user_id)}
          />
        ))}
      </ul>
      {team.members.length === 0 && <Empty icon={UserPlus} title={texts.board.nobody} hint={texts.board.nobodyHint} />}
    </>
  );
}

function Legend() {
  const { parts } = useTexts().numbers.board;
  return (
    <ul className={classes.legend} aria-hidden>
      {PARTS.slice(0, 3).map((part) => (
        <li key={part} data-part={part}>
          {parts[part]}
        </li>
      ))}
    </ul>
  );
}

interface PersonProps {
  line: Holding;
  most: number;
  isLeader?: boolean;
  isChosen?: boolean;
  onChoose?: (isChosen: boolean) => void;
  onOrder?: (order: OrderName) => void;
}

function Person({ line, most, isLeader = false, isChosen = false, onChoose, onOrder }: PersonProps) {
  const texts = useTexts().numbers.board;
  const { count } = useTimes();
  const amounts = { used: line.used, gone: line.returned + line.passed_on, open: line.open, difference: Math.abs(line.difference) };
  return (
    <li data-leader={isLeader || undefined} data-person={line.user_id}>
      {onChoose ? (
        <Checkbox aria-label={texts.choose(line.name)} checked={isChosen} onChange={({ currentTarget: { checked } }) => onChoose(checked)} />
      ) : (
        <span />
      )}
      <span className={classes.personName}>
        {line.name}
        <small>{isLeader ? texts.leader : line.brought > 0 && texts.brought(count(line.brought))}</small>
      </span>
      <span className={classes.bar} role="img" aria-label={texts.said(count(totalOf(line)), count(amounts.used), count(amounts.gone), count(amounts.open))}>
        {PARTS.map((part) => amounts[part] > 0 && <i key={part} data-part={part} style={{ width: `${(amounts[part] / most) * 100}%` }} />)}
      </span>
      <span className={classes.open} data-zero={line.open === 0 || undefined}>
        {count(line.open)}
        {line.difference !== 0 && <b> {texts.missing(line.difference)}</b>}
      </span>
      {onOrder ? <PersonMenu name={line.name} hasOpen={line.open > 0} onOrder={onOrder} /> : <span />}
    </li>
  );
}

function PersonMenu({ name, hasOpen, onOrder }: { name: string; hasOpen: boolean; onOrder: (order: OrderName) => void }) {
  const texts = useTexts().numbers;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={texts.board.menu(name)}>
          <EllipsisVertical size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onOrder("issue")}>{texts.orders.issue}</Menu.Item>
        <Menu.Item disabled={!hasOpen} onClick={() => onOrder("take_back")}>
          {texts.orders.take_back}
        </Menu.Item>
        <Menu.Item disabled={!hasOpen} onClick={() => onOrder("transfer")}>
          {texts.orders.transfer}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
