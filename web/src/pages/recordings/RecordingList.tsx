import { Table } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { useMe } from "@/api/session";
import { moment } from "@/days";
import { useTexts } from "@/i18n";
import { clock } from "@/player/clock";
import type { Recording } from "./data";
import classes from "./recordings.module.css";
import { StatusSign } from "./StatusSign";

interface Props {
  recordings: Recording[];
  chosen: string | undefined;
  hrefOf: (id: string) => string;
  onChoose: (id: string) => void;
}

/** The rows, newest first; the chosen one is kept in sight. */
export function RecordingList({ recordings, chosen, hrefOf, onChoose }: Props) {
  const texts = useTexts().recordings;
  const { search } = useTexts();
  const { columns } = texts;
  return (
    <Table className={classes.table} highlightOnHover stickyHeader aria-label={texts.list} verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{columns.at}</Table.Th>
          <Table.Th>{columns.agent}</Table.Th>
          <Table.Th className={classes.wide}>{columns.campaign}</Table.Th>
          <Table.Th>{columns.number}</Table.Th>
          <Table.Th className={classes.right}>{columns.length}</Table.Th>
          <Table.Th>{search.columnDisposition}</Table.Th>
          <Table.Th>{columns.status}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {recordings.map((recording) => (
          <Row
            key={recording.id}
            recording={recording}
            isChosen={recording.id === chosen}
            href={hrefOf(recording.id)}
            onChoose={onChoose}
          />
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface RowProps {
  recording: Recording;
  isChosen: boolean;
  href: string;
  onChoose: (id: string) => void;
}

function Row({ recording, isChosen, href, onChoose }: RowProps) {
  const { recordings: texts, search } = useTexts();
  const { zone } = useMe();
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    <Table.Tr
      ref={row}
      className={classes.row}
      aria-current={isChosen}
      data-id={recording.id}
      onClick={() => onChoose(recording.id)}
    >
      <Table.Td>
        <Link className={classes.at} to={href} replace onClick={(event) => event.stopPropagation()}>
          {moment(recording.started_at, zone)}
        </Link>
      </Table.Td>
      <Table.Td>{recording.agent_name ?? <span className={classes.dim}>{texts.nobody}</span>}</Table.Td>
      <Table.Td className={classes.wide}>{recording.campaign_name}</Table.Td>
      <Table.Td className={classes.number}>{recording.number}</Table.Td>
      <Table.Td className={classes.right}>{recording.duration_s === null ? "" : clock(recording.duration_s)}</Table.Td>
      <Table.Td>{recording.disposition && (search.dispositions[recording.disposition] ?? recording.disposition)}</Table.Td>
      <Table.Td>
        <StatusSign recording={recording} />
      </Table.Td>
    </Table.Tr>
  );
}
