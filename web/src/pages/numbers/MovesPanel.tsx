import { Button, Drawer, Select, Skeleton } from "@mantine/core";
import { ArrowRight, History } from "lucide-react";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { Empty } from "@/ui/Empty";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimes } from "@/ui/useTimes";
import { useMoves } from "./data";
import { MoveDetail } from "./MoveDetail";
import classes from "./numbers.module.css";
import type { Move, Team } from "./rules";
import side from "./side.module.css";

/** What moved, the newest first; each move opens with its numbers. */
export function MovesPanel({ team }: { team: Team }) {
  const { numbers: texts, common } = useTexts();
  const [person, choose] = useState<string | null>(null);
  const list = useMoves(person ?? undefined);
  const [opened, open] = useState<string | null>(null);
  const people = [{ value: team.leader_id, label: team.leader_name }, ...team.members.map(({ user_id, name }) => ({ value: user_id, label: name }))];
  return (
    <>
      <Select
        size="xs"
        aria-label={texts.moves.whose}
        placeholder={texts.moves.everybody}
        clearable
        searchable
        value={person}
        data={people.filter(({ value }, n) => people.findIndex((other) => other.value === value) === n)}
        onChange={choose}
      />
      {list.error && <ProblemNotice error={list.error} />}
      {list.isPending && <Skeleton height={160} mt={8} />}
      {list.isSuccess && list.moves.length === 0 && <Empty icon={History} title={texts.moves.none} hint={texts.moves.noneHint} />}
      <ol className={side.moves} aria-label={texts.tabs.moves}>
        {list.moves.map((move) => (
          <Item key={move.id} move={move} onOpen={() => open(move.id)} />
        ))}
      </ol>
      {list.hasNextPage && (
        <Button variant="subtle" fullWidth loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {texts.more}
        </Button>
      )}
      <Drawer
        opened={opened !== null}
        onClose={() => open(null)}
        position="right"
        size={460}
        title={texts.moves.detail}
        closeButtonProps={{ "aria-label": common.close }}
      >
        {opened !== null && <MoveDetail id={opened} />}
      </Drawer>
    </>
  );
}

function Item({ move, onOpen }: { move: Move; onOpen: () => void }) {
  const texts = useTexts().numbers;
  const { moment, count } = useTimes();
  return (
    <li data-kind={move.kind} data-undone={move.reversed_by !== null || undefined}>
      <button type="button" onClick={onOpen}>
        <span className={side.moveHead}>
          <span className={side.kind}>{texts.kinds[move.kind]}</span>
          <strong>{count(move.count)}</strong>
          <time dateTime={move.at}>{moment(move.at)}</time>
        </span>
        <MoveWay move={move} />
        {move.reversed_by !== null && <span className={classes.quiet}>{texts.moves.undone}</span>}
      </button>
    </li>
  );
}

/** From whom to whom. */
export function MoveWay({ move }: { move: Move }) {
  const { holders } = useTexts().numbers;
  return (
    <span className={side.way}>
      {move.from_name ?? holders[move.from_holder]}
      <ArrowRight size={13} aria-label="→" />
      {move.to_name ?? holders[move.to_holder]}
    </span>
  );
}
