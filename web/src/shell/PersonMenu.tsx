import { Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ChevronDown, LogOut, MonitorSmartphone } from "lucide-react";
import { useLogOut, useMe } from "@/api/session";
import { useTexts } from "@/i18n";
import { Sessions } from "./Sessions";
import classes from "./TopBar.module.css";

/** Who one is, where one is logged in, and the way out. */
export function PersonMenu() {
  const { shell } = useTexts();
  const me = useMe();
  const roles = me.roles.map((role) => shell.roles[role]).join(" · ");
  const logOut = useLogOut();
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Menu position="bottom-end" width={230} withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <button type="button" className={classes.person} aria-label={`${shell.person}: ${me.name}, ${roles}`}>
            <span className={classes.face} aria-hidden>
              {String.fromCodePoint(me.name.codePointAt(0) ?? 0x3f).toUpperCase()}
            </span>
            <span className={classes.name}>{me.name}</span>
            <ChevronDown size={14} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <div className={classes.who} aria-hidden>
            <div className={classes.whoName}>{me.name}</div>
            {roles}
          </div>
          <Menu.Item leftSection={<MonitorSmartphone size={16} />} onClick={open}>
            {shell.sessions}
          </Menu.Item>
          <Menu.Item leftSection={<LogOut size={16} />} onClick={() => logOut.mutate()}>
            {shell.logOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Sessions opened={opened} onClose={close} />
    </>
  );
}
