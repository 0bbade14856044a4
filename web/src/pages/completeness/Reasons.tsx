import { Table } from "@mantine/core";
import { Link } from "react-router";
import { useTexts } from "@/i18n";
import { useTimes } from "@/ui/useTimes";
import { absenceOf } from "../recordings/StatusSign";
import { addressOf } from "./address";
import classes from "./completeness.module.css";
import type { Completeness } from "./data";
import { absentOf, percent } from "./rules";

/** Why calls have no recording; the one reason that is a fault stands first. */
export function Reasons({ counted }: { counted: Completeness }) {
  const { completeness: texts, recordings } = useTexts();
  const { count: written } = useTimes();
  const all = absentOf(counted);
  const rows = Object.entries(counted.absent).sort(
    ([a, m], [b, n]) => Number(b === "recorder_failed") - Number(a === "recorder_failed") || n - m,
  );
  return (
    <section className={classes.card}>
      <h2>{texts.reasons}</h2>
      {rows.length === 0 && <p className={classes.hint}>{texts.noReasons}</p>}
      {rows.length > 0 && (
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{texts.reason}</Table.Th>
              <Table.Th className={classes.number}>{texts.count}</Table.Th>
              <Table.Th className={classes.share}>{texts.share}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(([reason, count]) => (
              <Table.Tr key={reason} data-alarm={reason === "recorder_failed" || undefined}>
                <Table.Td>
                  <Link to={addressOf(counted.day, "absent", reason)}>{absenceOf(reason, recordings)}</Link>
                </Table.Td>
                <Table.Td className={classes.number}>{written(count)}</Table.Td>
                <Table.Td>
                  <span className={classes.shareBar} aria-hidden>
                    <span style={{ width: `${(count / all) * 100}%` }} />
                  </span>
                  {percent(count, all)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </section>
  );
}
