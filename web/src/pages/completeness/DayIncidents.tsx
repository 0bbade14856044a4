import { useMay } from "@/api/session";
import { Link } from "react-router";
import { useTexts } from "@/i18n";
import classes from "./completeness.module.css";
import { useDayIncidents, type Completeness } from "./data";

/** What is wrong with the day's calls and not closed yet, each with its owner. */
export function DayIncidents({ counted }: { counted: Completeness }) {
  const texts = useTexts();
  const { incidents, completeness } = texts;
  const reads = useMay("readIncidents");
  const { data } = useDayIncidents(counted.day, reads && counted.open_incidents > 0);
  const isSome = counted.open_incidents > 0;
  return (
    <section className={classes.card} data-open={isSome || undefined}>
      <h2>{completeness.incidentsTitle}</h2>
      <p className={classes.hint}>{isSome ? completeness.incidentsHint(counted.open_incidents) : completeness.incidentsNone}</p>
      {isSome && data && (
        <ul className={classes.incidents}>
          {data.items.map((incident) => (
            <li key={incident.id}>
              <Link to={`/incidents/${incident.id}`}>{incidents.kinds[incident.kind].title}</Link>
              <span>{incidents.said({ detail: incident.detail, means: incidents.kinds[incident.kind].means })}</span>
              <span data-nobody={incident.owner_id === null || undefined}>{incident.owner_name ?? incidents.noOwner}</span>
            </li>
          ))}
        </ul>
      )}
      {isSome && data?.next != null && <p className={classes.hint}>{completeness.openMore(data.items.length)}</p>}
    </section>
  );
}
