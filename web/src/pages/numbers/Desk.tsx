import { Skeleton } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "@/i18n";
import { useKeys } from "@/pages/recordings/useKeys";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { Board } from "./Board";
import { CloseDialog } from "./CloseDialog";
import { useDifferences, useHoldings, useStock } from "./data";
import { DifferencesPanel } from "./Differences";
import { DrawDialog } from "./DrawDialog";
import { Figures } from "./Figures";
import { IssueDialog } from "./IssueDialog";
import { LastOrder, type Ordered } from "./LastOrder";
import { OrderBar } from "./OrderBar";
import classes from "./numbers.module.css";
import { ReturnDialog } from "./ReturnDialog";
import { type Kind, linesOf, type Team } from "./rules";
import { Side } from "./Side";
import { TakeBackDialog } from "./TakeBackDialog";
import { TransferDialog } from "./TransferDialog";

export type OrderName = "draw" | "issue" | "take_back" | "return" | "transfer" | "close";

/** An order that is being written: for whom, and of which kind of numbers. */
export interface Asking {
  order: OrderName;
  kind?: Kind;
  people?: string[];
}

/** One team's numbers. */
export function Desk({ team }: { team: Team }) {
  const texts = useTexts().numbers;
  const holdings = useHoldings();
  const stock = useStock(undefined);
  const differences = useDifferences();
  const [asking, ask] = useState<Asking | null>(null);
  const [ordered, tell] = useState<Ordered | null>(null);
  const [chosen, choose] = useState<string[]>([]);
  const begin = (order: OrderName) => ask({ order, people: chosen });
  useKeys(asking === null ? { d: () => begin("draw"), i: () => begin("issue"), t: () => begin("take_back"), r: () => begin("return") } : NO_KEYS);
  if (holdings.error && !holdings.data) return <ProblemNotice error={holdings.error} />;
  if (!holdings.data) return <Skeleton height={300} radius="md" />;
  const lines = linesOf(holdings.data, team);
  const inStock = stock.data?.reduce((sum, { count }) => sum + count, 0);
  const close = () => ask(null);
  const done = (told: Ordered) => {
    tell(told);
    ask(null);
  };
  return (
    <>
      <OrderBar onOrder={begin} chosen={chosen.length} />
      {ordered && <LastOrder key={ordered.id} ordered={ordered} onGone={() => tell(null)} />}
      <DifferencesPanel found={differences.data ?? []} />
      <Figures team={team} lines={lines} stock={inStock} />
      <div className={classes.columns}>
        <section className={classes.panel} aria-label={texts.board.title}>
          <Board team={team} lines={lines} chosen={chosen} onChoose={choose} onOrder={(order, person) => ask({ order, people: [person] })} />
        </section>
        <Side team={team} stock={stock} onDraw={(kind) => ask({ order: "draw", kind })} />
      </div>
      {asking && <OrderDialog asking={asking} team={team} lines={lines} stock={stock.data ?? []} onClose={close} onDone={done} />}
    </>
  );
}

const NO_KEYS = {};

export interface OrderProps {
  asking: Asking;
  team: Team;
  lines: ReturnType<typeof linesOf>;
  stock: NonNullable<ReturnType<typeof useStock>["data"]>;
  onClose: () => void;
  onDone: (told: Ordered) => void;
}

const DIALOGS: Record<OrderName, (props: OrderProps) => React.ReactNode> = {
  draw: DrawDialog,
  issue: IssueDialog,
  take_back: TakeBackDialog,
  return: ReturnDialog,
  transfer: TransferDialog,
  close: CloseDialog,
};

function OrderDialog(props: OrderProps) {
  const Dialog = DIALOGS[props.asking.order];
  return <Dialog {...props} />;
}
