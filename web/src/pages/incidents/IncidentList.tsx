import { useEffect, useRef } from "react";
import { useMe } from "@/api/session";
import { moment } from "@/days";
import { useTexts } from "@/i18n";
import { secondsSince, useNow } from "@/live/clock";
import type { Incident } from "./data";
import classes from "./incidents.module.css";
import { ageOf } from "./rules";

interface Props {
  incidents: readonly Incident[];
  chosen: string | undefined;
  onChoose: (id: string) => void;
}

/** The incidents, open ones first; the chosen one is kept in sight. */
export function IncidentList({ incidents, chosen, onChoose }: Props) {
  const texts = useTexts().incidents;
  return (
    <ul className={classes.items} aria-label={texts.list}>
      {incidents.map((incident) => (
        <Item key={incident.id} incident={incident} isChosen={incident.id === chosen} onChoose={onChoose} />
      ))}
    </ul>
  );
}

function Item({ incident, isChosen, onChoose }: { incident: Incident; isChosen: boolean; onChoose: (id: string) => void }) {
  const texts = useTexts().incidents;
  const { zone } = useMe();
  const now = useNow();
  const item = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isChosen) item.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  const isOpen = incident.closed_at === null;
  return (
    <li>
      <button
        ref={item}
        type="button"
        className={classes.item}
        aria-current={isChosen}
        data-id={incident.id}
        data-tone={toneOf(incident)}
        onClick={() => onChoose(incident.id)}
      >
        <span className={classes.itemHead}>
          <strong>{texts.kinds[incident.kind].title}</strong>
          {isOpen && incident.stops_dialing && <span className={classes.stops}>{texts.stops}</span>}
        </span>
        <span className={classes.itemDetail}>{texts.said({ detail: incident.detail, means: texts.kinds[incident.kind].means })}</span>
        <span className={classes.itemFoot}>
          <span data-nobody={(isOpen && incident.owner_id === null) || undefined}>{incident.owner_name ?? (isOpen ? texts.noOwner : "")}</span>
          <span>{isOpen ? ageOf(secondsSince(incident.opened_at, now), texts.ago) : moment(incident.opened_at, zone)}</span>
        </span>
      </button>
    </li>
  );
}

function toneOf(incident: Incident): "closed" | "stops" | "open" {
  if (incident.closed_at !== null) return "closed";
  return incident.stops_dialing ? "stops" : "open";
}
