/** Who may do what in the console; the api decides, this only hides what it would refuse. */
import type { Schemas } from "./client";

export type Role = Schemas["Role"];

const LEADING: Role[] = ["manager", "supervisor"];
const LISTENING: Role[] = [
  ...LEADING,
  "team_leader",
  "agent",
  "qa_supervisor",
  "qa_inspector",
  "complaint_handler",
  "auditor",
];

/** L255: QA is responsible for watching the recorder. */
const WATCHING: Role[] = [...LEADING, "qa_supervisor", "qa_inspector", "system_administrator"];

export const RIGHTS = {
  watchFloor: [...LEADING, "team_leader", "qa_supervisor", "qa_inspector", "business_supervisor"],
  readCampaigns: [...LEADING, "team_leader", "agent", "business_supervisor"],
  watchPacing: [...LEADING, "team_leader", "business_supervisor", "auditor"],
  makeCampaigns: [...LEADING, "business_supervisor"],
  orderCampaigns: LEADING,
  issueNumbers: [...LEADING, "team_leader"],
  settleNumbers: LEADING,
  keepTeams: LEADING,
  importNumbers: [...LEADING, "data_entry_clerk"],
  hearRecordings: LISTENING,
  exportLists: [...LEADING, "qa_supervisor", "auditor"],
  seeListeners: ["manager", "qa_supervisor", "auditor", "complaint_handler"],
  takeClips: ["manager", "complaint_handler"],
  takeEvidence: ["manager", "qa_supervisor", "auditor", "complaint_handler"],
  revealNumbers: ["data_entry_clerk", "complaint_handler"],
  withdrawNotes: ["manager", "qa_supervisor"],
  readCompleteness: [...LEADING, "qa_supervisor", "qa_inspector", "auditor"],
  readIncidents: [...WATCHING, "auditor"],
  handleIncidents: WATCHING,
  stopEverything: [...LEADING, "system_administrator"],
  liftStop: LEADING,
} as const satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof RIGHTS;

/** Whether one of the person's roles has the right. */
export function may(roles: readonly Role[], right: Right): boolean {
  const allowed: readonly Role[] = RIGHTS[right];
  return roles.some((role) => allowed.includes(role));
}
