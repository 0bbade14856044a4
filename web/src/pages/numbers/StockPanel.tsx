import { Button, SegmentedControl, Skeleton } from "@mantine/core";
import { PackageOpen } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { useMay } from "@/api/session";
import { useTexts } from "@/i18n";
import { Empty } from "@/ui/Empty";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useTimes } from "@/ui/useTimes";
import type { useStock } from "./data";
import side from "./side.module.css";
import { type By, BYS, type Group, groupsOf, type Kind } from "./rules";

/** What may be drawn now, by list, region or grade; a bar is drawn from by a click. */
export function StockPanel({ stock, onDraw }: { stock: ReturnType<typeof useStock>; onDraw: (kind: Kind) => void }) {
  const texts = useTexts().numbers.stock;
  const [by, setBy] = useState<By>("list");
  if (stock.error && !stock.data) return <ProblemNotice error={stock.error} />;
  if (!stock.data) return <Skeleton height={160} />;
  if (stock.data.length === 0) return <NoStock />;
  const groups = groupsOf(stock.data, by, texts.unnamed);
  const most = groups[0]?.count ?? 1;
  return (
    <>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={texts.by}
        value={by}
        data={BYS.map((value) => ({ value, label: texts.bys[value] }))}
        onChange={(value) => setBy(BYS.find((each) => each === value) ?? "list")}
      />
      <ul className={side.stock}>
        {groups.map((group) => (
          <Line key={group.key} group={group} most={most} onDraw={onDraw} />
        ))}
      </ul>
    </>
  );
}

function Line({ group, most, onDraw }: { group: Group; most: number; onDraw: (kind: Kind) => void }) {
  const texts = useTexts().numbers.stock;
  const { count } = useTimes();
  const parts = group.parts.map(({ name, count: n }) => `${name} ${count(n)}`).join(" · ");
  return (
    <li>
      <button type="button" title={texts.draw(group.name)} onClick={() => onDraw(group.kind)}>
        <span className={side.stockHead}>
          <span>{group.name}</span>
          <strong>{count(group.count)}</strong>
        </span>
        <span className={side.stockBar} aria-hidden>
          {group.parts.map((part, n) => (
            <i key={part.name} data-nth={n % 5} style={{ width: `${(part.count / most) * 100}%` }} />
          ))}
        </span>
        <span className={side.stockParts}>{parts}</span>
      </button>
    </li>
  );
}

function NoStock() {
  const texts = useTexts().numbers.stock;
  const imports = useMay("importNumbers");
  return (
    <Empty icon={PackageOpen} title={texts.none} hint={texts.noneHint}>
      {imports && (
        <Button component={Link} to="/numbers/imports" variant="light">
          {texts.toImports}
        </Button>
      )}
    </Empty>
  );
}
