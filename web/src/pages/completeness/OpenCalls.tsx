import { Table } from "@mantine/core";
import { useMe } from "@/api/session";
import { moment } from "@/days";
import { useTexts } from "@/i18n";
import classes from "./completeness.module.css";
import { useOpenCalls, type Completeness } from "./data";

/** The calls that are neither recorded nor known to be absent, each with why. */
export function OpenCalls({ counted }: { counted: Completeness }) {
  const texts = useTexts().completeness;
  const { data } = useOpenCalls(counted.day, counted.open > 0);
  const isSome = counted.open > 0 && data !== undefined && data.items.length > 0;
  return (
    <section className={classes.card} id="open" data-open={counted.open > 0 || undefined}>
      <h2>{texts.openTitle}</h2>
      <p className={classes.hint}>{counted.open > 0 ? texts.openHint : texts.openNone}</p>
      {isSome && <Rows calls={data.items} />}
      {isSome && data.next !== null && <p className={classes.hint}>{texts.openMore(data.items.length)}</p>}
    </section>
  );
}

function Rows({ calls }: { calls: NonNullable<ReturnType<typeof useOpenCalls>["data"]>["items"] }) {
  const texts = useTexts().completeness;
  const { zone } = useMe();
  const { columns } = texts;
  return (
    <Table className={classes.table}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{columns.opened}</Table.Th>
          <Table.Th>{columns.agent}</Table.Th>
          <Table.Th>{columns.campaign}</Table.Th>
          <Table.Th>{columns.number}</Table.Th>
          <Table.Th>{columns.why}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {calls.map((call) => (
          <Table.Tr key={call.id} data-alarm={call.why === "late" || undefined}>
            <Table.Td>{moment(call.opened_at, zone)}</Table.Td>
            <Table.Td>{call.agent_name}</Table.Td>
            <Table.Td>{call.campaign_name}</Table.Td>
            <Table.Td>{call.number}</Table.Td>
            <Table.Td>{texts.why[call.why] ?? call.why}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
