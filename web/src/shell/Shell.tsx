/** The frame around every page: who is logged in, where one can go, how the centre is. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { ENDED_KEY, type Ended, MeContext, meQuery, useMay } from "@/api/session";
import { useTexts } from "@/i18n";
import { useServerAway } from "@/live/server";
import { StreamContext, useFollowFloor } from "@/live/useFloor";
import { EmergencyBanner } from "./EmergencyBanner";
import { IncidentBanner } from "./IncidentBanner";
import { KeyHelp, useGoKeys } from "./Keys";
import type { Return } from "./return";
import classes from "./Shell.module.css";
import { SideNav } from "./SideNav";
import { TopBar } from "./TopBar";

/** Lets in who is logged in; all others log in first and come back to where they were. */
export function Shell() {
  const { data: me } = useQuery(meQuery);
  if (me === undefined) return <Waiting />;
  if (me === null) return <ToLogin />;
  return (
    <MeContext value={me}>
      <Frame key={me.id} />
    </MeContext>
  );
}

/** Who left by choice, or never was here, is told nothing; who left does not come back to the page either. */
function ToLogin() {
  const { pathname, search } = useLocation();
  const ended = useQueryClient().getQueryData<Ended>(ENDED_KEY);
  const state: Return = { back: ended === "left" ? "/" : pathname + search, hasExpired: ended === "expired" };
  return <Navigate to="/login" replace state={state} />;
}

function Frame() {
  const { shell } = useTexts();
  const stream = useFollowFloor(useMay("watchFloor"));
  const keys = useGoKeys();
  return (
    <StreamContext value={stream}>
      <a className={classes.skip} href="#main">
        {shell.skip}
      </a>
      <div className={classes.frame}>
        <SideNav />
        <div className={classes.column}>
          <TopBar onKeys={keys.open} />
          <AwayBar />
          <EmergencyBanner />
          <IncidentBanner />
          <main className={classes.main} id="main" tabIndex={-1}>
            <Suspense>
              <Outlet />
            </Suspense>
          </main>
        </div>
      </div>
      <KeyHelp opened={keys.opened} onClose={keys.close} />
    </StreamContext>
  );
}

function Waiting() {
  return (
    <div className={classes.waiting}>
      <AwayBar />
    </div>
  );
}

function AwayBar() {
  const { shell } = useTexts();
  const isAway = useServerAway();
  return (
    <div role="status" aria-live="polite">
      {isAway && <div className={classes.away}>{shell.away}</div>}
    </div>
  );
}
