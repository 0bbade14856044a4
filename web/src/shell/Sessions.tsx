import { Badge, Button, Drawer, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimes } from "@/ui/useTimes";
import { programOf } from "./program";
import classes from "./Sessions.module.css";

const KEY = ["sessions"];

/** Where the person is logged in; each of them can be ended. */
export function Sessions({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { shell, common } = useTexts();
  const { data, error } = useQuery({
    queryKey: KEY,
    queryFn: () => body(api.GET("/api/v1/auth/sessions")),
    enabled: opened,
    staleTime: 0,
  });
  return (
    <Drawer opened={opened} onClose={onClose} title={shell.sessions} closeButtonProps={{ "aria-label": common.close }}>
      <p className={classes.hint}>{shell.sessionsHint}</p>
      {error && <ProblemNotice error={error} />}
      {!data && !error && <Skeleton height={120} />}
      <ul className={classes.list}>{data?.items.map((session) => <Session key={session.id} session={session} />)}</ul>
    </Drawer>
  );
}

function Session({ session }: { session: Schemas["OwnSession"] }) {
  const { shell } = useTexts();
  const times = useTimes();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => api.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id: session.id } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  const program = programOf(session.agent) ?? shell.sessionUnknown;
  return (
    <li className={classes.session}>
      <div>
        <div className={classes.program} title={session.agent ?? undefined}>
          {program}
          {session.address !== null && <span className={classes.address}>{session.address}</span>}
        </div>
        <div className={classes.times}>
          {shell.sessionSince(times.moment(session.created_at))} · {shell.sessionSeen(times.moment(session.last_seen_at))}
        </div>
        {end.error && <ProblemNotice error={end.error} />}
      </div>
      {session.current ? (
        <Badge variant="light">{shell.sessionCurrent}</Badge>
      ) : (
        <Button size="compact-sm" variant="light" color="red" loading={end.isPending} onClick={() => end.mutate()}>
          {shell.sessionEnd}
        </Button>
      )}
    </li>
  );
}
