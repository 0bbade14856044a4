import { Button, Skeleton } from "@mantine/core";
import { AudioLines, Check, Hand } from "lucide-react";
import { Link } from "react-router";
import { useMay, useMe } from "@/api/session";
import { moment } from "@/days";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { type Incident, type useIncident, type useTake } from "./data";
import classes from "./incidents.module.css";
import { factOf } from "./rules";

interface Props {
  found: ReturnType<typeof useIncident>;
  take: ReturnType<typeof useTake>;
  canHandle: boolean;
  onClose: () => void;
}

/** One incident: what it is, what it means, what to do, who does it. */
export function IncidentDetail({ found, take, canHandle, onClose }: Props) {
  const texts = useTexts().incidents;
  const { data: incident, error } = found;
  if (error) return <ProblemNotice error={error} />;
  if (!incident) return <Skeleton height={240} />;
  const kind = texts.kinds[incident.kind];
  return (
    <section className={classes.detail} aria-label={kind.title} data-open={incident.closed_at === null || undefined}>
      <h2>{kind.title}</h2>
      <p className={classes.said}>{texts.said({ detail: incident.detail, means: kind.means })}</p>
      {take.error && <ProblemNotice error={take.error} />}
      {canHandle && <Orders incident={incident} take={take} onClose={onClose} />}
      <dl className={classes.told}>
        <dt>{texts.next}</dt>
        <dd>{kind.next}</dd>
        <dt>{texts.unsaid}</dt>
        <dd>{texts.unsaidOf({ detail: incident.detail, means: kind.means })}</dd>
      </dl>
      <Circumstances incident={incident} />
      {canHandle && <p className={classes.hint}>{texts.keys}</p>}
    </section>
  );
}

function Orders({ incident, take, onClose }: { incident: Incident; take: Props["take"]; onClose: () => void }) {
  const texts = useTexts().incidents;
  const me = useMe();
  const isMine = incident.owner_id === me.id;
  return (
    <div className={classes.orders}>
      <Button
        leftSection={<Hand size={16} />}
        variant={incident.owner_id === null ? "filled" : "default"}
        disabled={isMine}
        loading={take.isPending}
        onClick={() => take.mutate(incident.id)}
      >
        {isMine ? texts.taken : incident.owner_id === null ? texts.take : texts.takeOver}
      </Button>
      <Button leftSection={<Check size={16} />} variant={isMine ? "filled" : "default"} onClick={onClose}>
        {texts.close}
      </Button>
    </div>
  );
}

function Circumstances({ incident }: { incident: Incident }) {
  const texts = useTexts().incidents;
  const { zone } = useMe();
  const hears = useMay("hearRecordings");
  const facts = Object.entries(incident.facts).filter(([, value]) => value !== null);
  return (
    <dl className={classes.told}>
      <dt>{texts.subject}</dt>
      <dd className={classes.code}>{incident.subject}</dd>
      {incident.call_id !== null && hears && (
        <dd>
          <Link className={classes.link} to={`/recordings/${incident.call_id}`}>
            <AudioLines size={15} aria-hidden /> {texts.recording}
          </Link>
        </dd>
      )}
      <dt>{texts.since}</dt>
      <dd>
        {moment(incident.opened_at, zone)} ({texts.seen(incident.seen)}
        {incident.seen > 1 && `, ${texts.lastSeen} ${moment(incident.last_seen_at, zone)}`})
      </dd>
      <dt>{texts.owner}</dt>
      <dd>
        {incident.owner_name ?? texts.noOwner}
        {incident.owned_at !== null && `, ${moment(incident.owned_at, zone)}`}
      </dd>
      {facts.length > 0 && <dt>{texts.facts}</dt>}
      {facts.map(([name, value]) => (
        <dd key={name} className={classes.code}>
          {name}: {factOf(value)}
        </dd>
      ))}
      {incident.closed_at !== null && <dt>{texts.resolution}</dt>}
      {incident.closed_at !== null && (
        <dd className={classes.resolution}>
          {incident.resolution}
          <br />
          <span className={classes.hint}>{texts.closed(incident.closed_by_name ?? texts.bySystem, moment(incident.closed_at, zone))}</span>
        </dd>
      )}
    </dl>
  );
}
