import { Button } from "@mantine/core";
import { useTexts } from "@/i18n";
import { useTimes } from "@/ui/useTimes";
import type { useImports } from "./data";
import classes from "./imports.module.css";
import { type Import, isMoving, shareOf, sumOf, toneOf } from "./rules";

interface Props {
  list: ReturnType<typeof useImports>;
  chosen: string | undefined;
  onChoose: (id: string) => void;
}

/** Earlier imports, the latest first. */
export function ImportList({ list, chosen, onChoose }: Props) {
  const texts = useTexts().imports;
  return (
    <div className={classes.list}>
      <ul className={classes.items} aria-label={texts.list}>
        {list.imports.map((each) => (
          <Item key={each.id} found={each} isChosen={each.id === chosen} onChoose={onChoose} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button variant="subtle" fullWidth loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {texts.more}
        </Button>
      )}
    </div>
  );
}

function Item({ found, isChosen, onChoose }: { found: Import; isChosen: boolean; onChoose: (id: string) => void }) {
  const { moment } = useTimes();
  const share = shareOf(found);
  return (
    <li>
      <button type="button" className={classes.item} aria-current={isChosen} data-id={found.id} onClick={() => onChoose(found.id)}>
        <span className={classes.itemHead}>
          <strong>{found.list_name}</strong>
          <StateChip state={found.state} />
        </span>
        <span className={classes.itemLine}>
          {found.region} · {found.campaign_name}
        </span>
        <span className={classes.itemFoot}>
          <span className={classes.cut}>
            <Came found={found} />
          </span>
          <time dateTime={found.created_at}>{moment(found.created_at)}</time>
        </span>
        {isMoving(found.state) && share !== undefined && <span className={classes.thin} style={{ width: `${share * 100}%` }} aria-hidden />}
      </button>
    </li>
  );
}

/** What came of it, or what there is to come. */
function Came({ found }: { found: Import }) {
  const texts = useTexts().imports;
  const { count } = useTimes();
  const rejected = sumOf(found.rejected);
  if (found.state === "failed") return texts.why[found.why ?? "file_lost"].title;
  if (found.state === "undone" || found.state === "cancelled") return null;
  if (found.accepted + rejected === 0) return found.rows > 0 ? texts.rows(count(found.rows)) : null;
  return `${texts.accepted(count(found.accepted))}${rejected > 0 ? ` · ${texts.rejectedShort(count(rejected))}` : ""}`;
}

/** How far an import is, in a word. */
export function StateChip({ state }: { state: Import["state"] }) {
  const texts = useTexts().imports;
  return (
    <span className={classes.chip} data-tone={toneOf(state)}>
      {texts.states[state]}
    </span>
  );
}
