import { Skeleton } from "@mantine/core";
import { CircleCheck } from "lucide-react";
import type { Schemas } from "@/api/client";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimes } from "@/ui/useTimes";
import { Bars } from "./Bars";
import type { useCheck } from "./data";
import classes from "./imports.module.css";
import { type Import, sumOf } from "./rules";
import review from "./review.module.css";

/** What would become of the rows: judged by the api as the import itself will. */
export function Check({ found, check }: { found: Import; check: ReturnType<typeof useCheck> }) {
  const texts = useTexts().imports;
  const { count } = useTimes();
  const { data, error, isPlaceholderData, fetchStatus } = check;
  if (error) return <ProblemNotice error={error} />;
  if (!data) return fetchStatus === "idle" ? null : <Skeleton height={120} />;
  const faults = sumOf(data.rejected);
  return (
    <div data-stale={isPlaceholderData || undefined} className={review.check}>
      <p className={classes.quiet}>{data.rows < found.rows ? texts.checkedFirst(count(data.rows), count(found.rows)) : texts.checkedAll(count(data.rows))}</p>
      <Bars figures={data} />
      {faults === 0 && (
        <p className={classes.good}>
          <CircleCheck size={16} aria-hidden /> {texts.noProblems}
        </p>
      )}
      {faults > 0 && <Problems problems={data.problems} all={faults} />}
    </div>
  );
}

function Problems({ problems, all }: { problems: readonly Schemas["ImportProblem"][]; all: number }) {
  const texts = useTexts().imports;
  const { count } = useTimes();
  return (
    <>
      <div className={review.problems} tabIndex={0} role="region" aria-label={texts.problems}>
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.row}</th>
              <th scope="col">{texts.column}</th>
              <th scope="col">{texts.value}</th>
              <th scope="col">{texts.reason}</th>
            </tr>
          </thead>
          <tbody>
            {problems.map(({ row, head, value, reason }, n) => (
              <tr key={n}>
                <td>{row}</td>
                <td>{head}</td>
                <td className={review.code}>{value}</td>
                <td title={texts.reasons[reason].hint}>{texts.reasons[reason].title}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {all > problems.length && <p className={classes.quiet}>{texts.problemsFirst(count(problems.length), count(all))}</p>}
    </>
  );
}
