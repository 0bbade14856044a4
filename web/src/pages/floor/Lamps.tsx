import { Tooltip } from "@mantine/core";
import { useTexts } from "@/i18n";
import type { Lamp } from "@/live/changes";
import { useFloor } from "@/live/useFloor";
import { LampSign } from "@/ui/LampSign";
import classes from "./floor.module.css";

/** Every part that must work for a call to be made and recorded; why not, on pointing at it. */
export function Lamps() {
  const { shell } = useTexts();
  const lamps = useFloor((floor) => floor.lamps);
  return (
    <section className={classes.panel} aria-label={shell.lamps}>
      <header className={classes.panelHead}>
        <h2>{shell.lamps}</h2>
      </header>
      <ul className={classes.lamps}>{lamps?.map((lamp) => <OneLamp key={lamp.name} lamp={lamp} />)}</ul>
    </section>
  );
}

function OneLamp({ lamp }: { lamp: Lamp }) {
  const { floor: texts } = useTexts();
  const why = lamp.state === "ok" ? texts.lampStates.ok : `${texts.lampHints[lamp.name]} ${lamp.why ?? ""}`;
  return (
    <li>
      <Tooltip label={why} multiline maw={340} position="top">
        <button type="button" className={classes.lamp} data-state={lamp.state} aria-description={why}>
          <LampSign state={lamp.state} />
          <span>{texts.lamps[lamp.name]}</span>
          <span className={classes.lampState}>{texts.lampStates[lamp.state]}</span>
        </button>
      </Tooltip>
    </li>
  );
}
