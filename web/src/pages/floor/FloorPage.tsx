/** The live floor: the page that stays open on the wall. */
import { Skeleton } from "@mantine/core";
import { useTexts } from "@/i18n";
import { useFloor } from "@/live/useFloor";
import { PageHead } from "@/ui/PageHead";
import { Agents } from "./Agents";
import { Calls } from "./Calls";
import { FigureRow } from "./FigureRow";
import classes from "./floor.module.css";
import { HourPlot } from "./HourPlot";
import { Lamps } from "./Lamps";
import { StreamSign } from "./StreamSign";

export function Component() {
  const { floor } = useTexts();
  const isKnown = useFloor(() => true) ?? false;
  return (
    <>
      <PageHead title={floor.title} aside={<StreamSign />} />
      {isKnown ? <Everything /> : <Placeholder />}
    </>
  );
}

function Everything() {
  return (
    <div className={classes.page}>
      <FigureRow />
      <div className={classes.middle}>
        <HourPlot />
        <Lamps />
      </div>
      <div className={classes.lower}>
        <Agents />
        <Calls />
      </div>
    </div>
  );
}

function Placeholder() {
  return (
    <div className={classes.page} aria-busy>
      <Skeleton height={112} radius="md" />
      <Skeleton height={196} radius="md" />
      <Skeleton height={320} radius="md" />
    </div>
  );
}
