import { Button, Table } from "@mantine/core";
import { useMe } from "@/api/session";
import { moment } from "@/days";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useListenings } from "./listening";
import classes from "./listening.module.css";

/** Who listened, why, from where and when: as the ledger has it. */
export function HeardPanel({ id }: { id: string }) {
  const { heard: texts, why } = useTexts().listening;
  const { zone } = useMe();
  const found = useListenings(id);
  if (found.isError) return <ProblemNotice error={found.error} />;
  if (!found.isPending && found.listenings.length === 0) return <p className={classes.none}>{texts.none}</p>;
  const { who, why: reason, from, at, last } = texts.columns;
  return (
    <>
      <Table className={classes.heard} verticalSpacing={3}>
        <Table.Thead>
          <Table.Tr>
            {[who, reason, from, at, last].map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {found.listenings.map((listening) => (
            <Table.Tr key={listening.id} data-listening={listening.id}>
              <Table.Td>{listening.name ?? listening.user_id}</Table.Td>
              <Table.Td>{why.words[listening.why] ?? listening.why}</Table.Td>
              <Table.Td>{listening.address}</Table.Td>
              <Table.Td>{moment(listening.started_at, zone)}</Table.Td>
              <Table.Td>{moment(listening.last_at, zone)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {found.hasNextPage && (
        <Button size="compact-xs" variant="subtle" onClick={() => void found.fetchNextPage()}>
          {texts.more}
        </Button>
      )}
    </>
  );
}
