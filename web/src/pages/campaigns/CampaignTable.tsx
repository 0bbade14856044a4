import { Link } from "react-router";
import { useMay } from "@/api/session";
import { useTexts } from "@/i18n";
import { useFloor } from "@/live/useFloor";
import { StateChip } from "@/ui/StateChip";
import { percent } from "@/ui/times";
import { useTimes } from "@/ui/useTimes";
import { Actions } from "./Actions";
import classes from "./campaigns.module.css";
import type { Campaign } from "./data";
import { rateOf } from "./rules";
import { Situation } from "./Situation";

interface Props {
  campaigns: readonly Campaign[];
  onEdit: (campaign: Campaign) => void;
  onStop: (campaign: Campaign) => void;
}

/** One row for each campaign. */
export function CampaignTable({ campaigns, onEdit, onStop }: Props) {
  const { campaigns: texts } = useTexts();
  const orders = useMay("orderCampaigns");
  const watches = useMay("watchFloor");
  return (
    <div className={classes.panel}>
      <table className={classes.table} aria-label={texts.title}>
        <thead>
          <tr>
            <th scope="col">{texts.name}</th>
            <th scope="col">{texts.state}</th>
            <th scope="col" className={classes.optional}>
              {texts.hours}
            </th>
            <th scope="col" className={classes.number}>
              {texts.priority}
            </th>
            {watches && <FigureHeads />}
            {orders && (
              <th scope="col" className={classes.actions}>
                <span className="visually-hidden">{texts.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {campaigns.map((campaign) => (
            <tr key={campaign.id}>
              <Facts campaign={campaign} />
              {watches && <FigureCells id={campaign.id} />}
              {orders && (
                <td className={classes.actions}>
                  <Actions campaign={campaign} onEdit={() => onEdit(campaign)} onStop={() => onStop(campaign)} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Facts({ campaign }: { campaign: Campaign }) {
  return (
    <>
      <th scope="row">
        <div className={classes.name}>{campaign.name}</div>
        <div className={classes.quiet}>
          {campaign.product} · {campaign.region} · <Mode campaign={campaign} />
        </div>
      </th>
      <td className={classes.situation}>
        <StateChip state={campaign.state} />
        <Situation campaign={campaign} />
      </td>
      <td className={`${classes.quiet ?? ""} ${classes.optional ?? ""}`}>
        {campaign.opens_at.slice(0, 5)}–{campaign.closes_at.slice(0, 5)}
      </td>
      <td className={classes.number}>{campaign.priority}</td>
    </>
  );
}

/** How it dials; who may, looks at it closer. */
function Mode({ campaign }: { campaign: Campaign }) {
  const { campaigns: texts, pacing } = useTexts();
  const watches = useMay("watchPacing");
  const name = texts.modes[campaign.mode];
  return watches ? (
    <Link to={`/campaigns/${campaign.id}/pacing`} title={pacing.title} aria-label={`${pacing.open}: ${campaign.name}`}>
      {name}
    </Link>
  ) : (
    name
  );
}

function FigureHeads() {
  const { campaigns: texts } = useTexts();
  return [texts.dialed, texts.answerRate, texts.abandonRate].map((name) => (
    <th key={name} scope="col" className={classes.number} title={`${texts.today} · ${name}`}>
      {name}
    </th>
  ));
}

function FigureCells({ id }: { id: string }) {
  const live = useFloor((floor) => floor.campaigns.find((campaign) => campaign.id === id));
  const { count } = useTimes();
  const { campaigns: texts } = useTexts();
  if (live === undefined) return [0, 1, 2].map((cell) => <td key={cell} className={classes.number}>–</td>);
  return (
    <>
      <td className={classes.number}>{count(live.dialed)}</td>
      <td className={classes.number} title={`${texts.answered} ${count(live.answered)} / ${count(live.dialed)}`}>
        {percent(rateOf(live.answered, live.dialed))}
      </td>
      <td className={classes.number}>{percent(rateOf(live.abandoned, live.answered))}</td>
    </>
  );
}
