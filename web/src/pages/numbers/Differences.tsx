import { Button, Checkbox, TextInput } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { useMay } from "@/api/session";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useSettle } from "./data";
import classes from "./numbers.module.css";
import side from "./side.module.css";

type Difference = Schemas["Difference"];

/** Numbers that are not where the moves say: named, and settled by a supervisor with the reason. */
export function DifferencesPanel({ found }: { found: readonly Difference[] }) {
  const texts = useTexts().numbers.differences;
  const settles = useMay("settleNumbers");
  if (found.length === 0) return null;
  return (
    <section className={classes.missing} aria-label={texts.title}>
      <strong>
        <TriangleAlert size={16} aria-hidden /> {texts.title}
      </strong>
      <p>{settles ? texts.hintSettle : texts.hintAsk}</p>
      {settles ? <SettleForm found={found} /> : <DifferenceList found={found} />}
    </section>
  );
}

/** Each number, where the moves say it is, and where it is. */
export function DifferenceList({ found }: { found: readonly Difference[] }) {
  return (
    <ul className={side.differences}>
      {found.map((each) => (
        <li key={each.lead_id}>
          <DifferenceText found={each} />
        </li>
      ))}
    </ul>
  );
}

function DifferenceText({ found }: { found: Difference }) {
  const { differences: texts, holders, moves } = useTexts().numbers;
  const said = found.by_moves_name ?? holders[found.by_moves];
  const is = found.holder === null ? moves.gone : (found.holder_name ?? holders[found.holder]);
  return (
    <>
      <code>{found.number ?? moves.gone}</code> {texts.said(said, is)}
    </>
  );
}

function SettleForm({ found }: { found: readonly Difference[] }) {
  const texts = useTexts().numbers.differences;
  const [chosen, choose] = useState<string[]>([]);
  const [why, setWhy] = useState("");
  const settle = useSettle();
  return (
    <form
      className={side.settle}
      onSubmit={(event) => {
        event.preventDefault();
        settle.mutate({ lead_ids: chosen, why: why.trim() });
      }}
    >
      <ul className={side.differences}>
        {found.map((each) => (
          <li key={each.lead_id}>
            <Checkbox
              label={<DifferenceText found={each} />}
              checked={chosen.includes(each.lead_id)}
              onChange={({ currentTarget: { checked } }) => choose(checked ? [...chosen, each.lead_id] : chosen.filter((id) => id !== each.lead_id))}
            />
          </li>
        ))}
      </ul>
      <div className={side.undo}>
        <TextInput aria-label={texts.why} placeholder={texts.why} maxLength={100} value={why} onChange={({ currentTarget: { value } }) => setWhy(value)} />
        <Button type="submit" loading={settle.isPending} disabled={chosen.length === 0 || why.trim() === ""}>
          {texts.settle}
        </Button>
      </div>
      {settle.error && <ProblemNotice error={settle.error} />}
    </form>
  );
}
