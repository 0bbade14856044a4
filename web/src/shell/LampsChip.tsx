import { Popover } from "@mantine/core";
import { useTexts, type Texts } from "@/i18n";
import type { Lamp } from "@/live/changes";
import { useFloor } from "@/live/useFloor";
import { LampSign } from "@/ui/LampSign";
import { worst } from "./lamps";
import classes from "./TopBar.module.css";

const NONE: Lamp[] = [];

/** All lamps as one; opened, each with why. */
export function LampsChip() {
  const texts = useTexts();
  const lamps = useFloor((floor) => floor.lamps) ?? NONE;
  const state = worst(lamps);
  return (
    <Popover width={340} position="bottom-start" shadow="md" withinPortal={false}>
      <Popover.Target>
        <button type="button" className={classes.lamps} data-worst={state}>
          <LampSign state={state} />
          {summary(texts.shell, lamps)}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={texts.shell.lamps}>
        <ul className={classes.lampList}>
          {lamps.map((lamp) => (
            <li key={lamp.name}>
              <div className={classes.lampName}>
                <LampSign state={lamp.state} />
                {texts.floor.lamps[lamp.name]}
                <span className={classes.lampState}>{texts.floor.lampStates[lamp.state]}</span>
              </div>
              {lamp.why !== null && <p className={classes.lampWhy}>{lamp.why}</p>}
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}

function summary(texts: Texts["shell"], lamps: readonly Lamp[]): string {
  const count = (state: Lamp["state"]) => lamps.filter((lamp) => lamp.state === state).length;
  switch (worst(lamps)) {
    case "down":
      return texts.lampsDown(count("down"));
    case "warning":
      return texts.lampsWarning(count("warning"));
    case "unknown":
      return texts.lampsUnknown;
    case "ok":
      return texts.lampsOk;
  }
}
