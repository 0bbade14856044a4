import { Kbd, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import { may } from "@/api/roles";
import { useMe } from "@/api/session";
import { PLACES } from "@/app/places";
import { useTexts } from "@/i18n";
import classes from "./Keys.module.css";

const TOGETHER_MS = 1200;

/** `g` and a letter go to a page, `?` shows the keys; not while one types. */
export function useGoKeys() {
  const [opened, { open, close }] = useDisclosure();
  const navigate = useNavigate();
  const { roles } = useMe();
  const wentAt = useRef(-TOGETHER_MS);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const isSecond = event.timeStamp - wentAt.current < TOGETHER_MS;
      wentAt.current = event.key === "g" ? event.timeStamp : -TOGETHER_MS;
      if (event.key === "?") open();
      const place = PLACES.find(({ key, right }) => key === event.key && may(roles, right));
      if (isSecond && place !== undefined) void navigate(place.path);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate, open, roles]);
  return { opened, open, close };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], [role=dialog]") !== null;
}

/** The keys, each with what it does. */
export function KeyHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { shell, common } = useTexts();
  const { roles } = useMe();
  return (
    <Modal opened={opened} onClose={onClose} title={shell.keys} closeButtonProps={{ "aria-label": common.close }}>
      <dl className={classes.keys}>
        {PLACES.filter(({ right }) => may(roles, right)).map(({ name, key }) => (
          <div key={name}>
            <dt>{shell.keyGo(shell[name])}</dt>
            <dd>
              <Kbd>g</Kbd> {shell.keyThen} <Kbd>{key}</Kbd>
            </dd>
          </div>
        ))}
        {may(roles, "hearRecordings") && <PlayerKeys />}
        <div>
          <dt>{shell.keyHelp}</dt>
          <dd>
            <Kbd>?</Kbd>
          </dd>
        </div>
      </dl>
    </Modal>
  );
}

/** The keys of the recordings page. */
function PlayerKeys() {
  const { keys } = useTexts().listening;
  const rows: [string, string[]][] = [
    [keys.play, ["␣", "k"]],
    [keys.skip, ["j", "l"]],
    [keys.choose, ["↑", "↓"]],
    [keys.listen, ["p", "n"]],
    [keys.note, ["m"]],
  ];
  return rows.map(([what, pressed]) => (
    <div key={what}>
      <dt>{`${keys.title}: ${what}`}</dt>
      <dd>
        {pressed.map((key) => (
          <Kbd key={key} ml={4}>
            {key}
          </Kbd>
        ))}
      </dd>
    </div>
  ));
}
