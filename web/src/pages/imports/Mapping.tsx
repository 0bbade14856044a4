import { Button, Group, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Play } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimes } from "@/ui/useTimes";
import { Check } from "./Check";
import { ConsentFields } from "./ConsentFields";
import { useCancel, useCheck, useStart } from "./data";
import classes from "./imports.module.css";
import { type Consent, hasOwnConsent, type Import, isWhole, type Meaning, MEANINGS, sumOf } from "./rules";
import review from "./review.module.css";

const TYPED_MS = 500;

/** The file was read: what its columns mean, on which ground one may call, what would come of it. Then it is started. */
export function Mapping({ found }: { found: Import }) {
  const { imports: texts } = useTexts();
  const [meanings, setMeanings] = useState<Meaning[]>(found.meanings);
  const [consent, setConsent] = useState<Consent>({ ...found.consent } as Consent);
  const [settled] = useDebouncedValue({ meanings, consent }, TYPED_MS);
  const check = useCheck(found.id, settled);
  const start = useStart(found.id);
  const cancel = useCancel(found.id);
  const waits = !isWhole(consent) && !hasOwnConsent(meanings);
  const hasPhone = meanings.includes("phone");
  const error = start.error ?? cancel.error;
  return (
    <>
      <h3>{texts.columns}</h3>
      <p className={classes.quiet}>{texts.columnsHint(found.region)}</p>
      <Sample found={found} meanings={meanings} onChange={(at, meaning) => setMeanings(meanings.map((old, n) => (n === at ? meaning : old)))} />
      {!hasPhone && <p className={classes.bad} role="alert">{texts.noPhone}</p>}
      <h3>{texts.consent}</h3>
      <p className={classes.quiet}>{hasOwnConsent(meanings) ? texts.consentOwn : texts.consentHint}</p>
      <ConsentFields consent={consent} onChange={setConsent} />
      {waits && <p className={classes.warn}>{texts.consentMissing}</p>}
      <h3>{texts.check}</h3>
      <Check found={found} check={check} />
      {error && <ProblemNotice error={error} />}
      <Group justify="flex-end" className={review.foot}>
        {check.data && <Outlook check={check.data} />}
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(undefined)}>
          {texts.giveUp}
        </Button>
        <Button
          leftSection={<Play size={15} aria-hidden />}
          loading={start.isPending}
          disabled={!hasPhone}
          onClick={() => start.mutate({ meanings, consent })}
        >
          {waits ? texts.startWaiting : texts.start}
        </Button>
      </Group>
    </>
  );
}

/** What would come of it, beside the button that does it. */
function Outlook({ check }: { check: Schemas["ImportCheck"] }) {
  const texts = useTexts().imports;
  const { count } = useTimes();
  return <span className={`${classes.quiet ?? ""} ${review.outlook ?? ""}`}>{texts.outlook(count(check.accepted), count(sumOf(check.rejected)))}</span>;
}

interface SampleProps {
  found: Import;
  meanings: readonly Meaning[];
  onChange: (at: number, meaning: Meaning) => void;
}

/** The first rows below what each column means. */
function Sample({ found, meanings, onChange }: SampleProps) {
  const texts = useTexts().imports;
  const data = MEANINGS.map((value) => ({ value, label: texts.meanings[value] }));
  return (
    <div className={review.sheet} tabIndex={0} role="region" aria-label={texts.sample}>
      <table>
        <thead>
          <tr>
            {found.heads.map((head, at) => (
              <th key={at} scope="col" data-meaning={meanings[at]}>
                <span className={review.sheetHead}>{head}</span>
                <Select
                  size="xs"
                  aria-label={texts.meaningOf(head)}
                  allowDeselect={false}
                  data={data}
                  value={meanings[at] ?? "skip"}
                  onChange={(value) => onChange(at, MEANINGS.find((each) => each === value) ?? "skip")}
                  comboboxProps={{ width: 210, position: "bottom-start" }}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.sample.map((row, n) => (
            <tr key={n}>
              {found.heads.map((_head, at) => (
                <td key={at} data-meaning={meanings[at]}>
                  {row[at] ?? ""}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
