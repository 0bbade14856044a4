/** A leader's numbers: what may be drawn, who has how many, the orders that pass them on, and the close of the shift. */
import { Button, Select, Skeleton } from "@mantine/core";
import { Plus, Settings2, Users } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useMay, useMe } from "@/api/session";
import { useTexts } from "@/i18n";
import { Empty } from "@/ui/Empty";
import { PageHead } from "@/ui/PageHead";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTeams } from "./data";
import { Desk } from "./Desk";
import classes from "./numbers.module.css";
import type { Team } from "./rules";
import { TeamDialog } from "./TeamDialog";

const NONE: Team[] = [];

/** Which team is looked at stands in the address; a leader has one. */
export function Component() {
  const texts = useTexts().numbers;
  const teams = useTeams();
  const all = teams.data ?? NONE;
  const { team, choose } = useTeam(all);
  const keeps = useMay("keepTeams");
  const [editing, edit] = useState<Team | "new" | null>(null);
  return (
    <div className={classes.page}>
      <PageHead title={texts.title} aside={<TeamChoice teams={all} team={team} onChoose={choose} />}>
        {keeps && <TeamButtons team={team} onEdit={edit} />}
      </PageHead>
      {teams.error && <ProblemNotice error={teams.error} />}
      {teams.isPending && <Skeleton height={300} radius="md" />}
      {teams.data?.length === 0 && <NoTeam canMake={keeps} onMake={() => edit("new")} />}
      {team && <Desk key={team.id} team={team} />}
      {editing !== null && <TeamDialog team={editing === "new" ? null : editing} onClose={() => edit(null)} onKept={choose} />}
    </div>
  );
}

function TeamButtons({ team, onEdit }: { team: Team | undefined; onEdit: (team: Team | "new") => void }) {
  const texts = useTexts().numbers.team;
  return (
    <>
      {team && (
        <Button variant="subtle" color="gray" leftSection={<Settings2 size={15} aria-hidden />} onClick={() => onEdit(team)}>
          {texts.change}
        </Button>
      )}
      <Button variant="default" leftSection={<Plus size={15} aria-hidden />} onClick={() => onEdit("new")}>
        {texts.create}
      </Button>
    </>
  );
}

function useTeam(teams: readonly Team[]) {
  const [address, setAddress] = useSearchParams();
  const me = useMe();
  const wanted = address.get("team");
  const team = teams.find(({ id }) => id === wanted) ?? teams.find(({ leader_id }) => leader_id === me.id) ?? teams[0];
  return { team, choose: (id: string) => setAddress({ team: id }, { replace: true }) };
}

function TeamChoice({ teams, team, onChoose }: { teams: readonly Team[]; team: Team | undefined; onChoose: (id: string) => void }) {
  const texts = useTexts().numbers;
  if (team === undefined) return null;
  if (teams.length === 1) return <span className={classes.quiet}>{texts.team.of(team.name, team.leader_name)}</span>;
  return (
    <Select
      aria-label={texts.team.title}
      w={260}
      allowDeselect={false}
      searchable
      value={team.id}
      data={teams.map(({ id, name, leader_name }) => ({ value: id, label: texts.team.of(name, leader_name) }))}
      onChange={(id) => id !== null && onChoose(id)}
    />
  );
}

function NoTeam({ canMake, onMake }: { canMake: boolean; onMake: () => void }) {
  const texts = useTexts().numbers;
  return (
    <div className={classes.panel}>
      <Empty icon={Users} title={texts.team.none} hint={canMake ? texts.team.noneMake : texts.team.noneAsk}>
        {canMake && <Button onClick={onMake}>{texts.team.create}</Button>}
      </Empty>
    </div>
  );
}
