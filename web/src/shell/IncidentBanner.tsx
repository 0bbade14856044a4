import { Siren } from "lucide-react";
import { Link, useLocation } from "react-router";
import { useTexts } from "@/i18n";
import { useIncidentStanding } from "@/live/incidents";
import classes from "./IncidentBanner.module.css";

/** On every page but theirs: incidents that nobody looks after, and those that keep dialing stopped. */
export function IncidentBanner() {
  const { shell, incidents } = useTexts();
  const standing = useIncidentStanding();
  const isThere = useLocation().pathname.startsWith("/incidents");
  const stops = standing?.stops_dialing ?? [];
  const isShown = standing !== undefined && !isThere && (standing.unowned > 0 || stops.length > 0);
  return (
    <div role="alert">
      {isShown && (
        <div className={classes.banner} data-stops={stops.length > 0 || undefined}>
          <Siren size={18} aria-hidden />
          <span>
            {stops.length > 0
              ? `${shell.incidentsStop}: ${stops.map((kind) => incidents.kinds[kind].title).join(", ")}`
              : shell.incidentsUnowned(standing.unowned)}
          </span>
          <Link className={classes.look} to="/incidents">
            {shell.incidentsLook}
          </Link>
        </div>
      )}
    </div>
  );
}

/** How many are open, beside the page's name. */
export function OpenBadge() {
  const { shell } = useTexts();
  const standing = useIncidentStanding();
  if (!standing?.open) return null;
  const told = shell.incidentsOpen(standing.open);
  return (
    <span className={classes.badge} data-unowned={standing.unowned > 0 || undefined} title={told}>
      {standing.open > 99 ? "99+" : standing.open}
    </span>
  );
}
