import { Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { NavLink } from "react-router";
import { may } from "@/api/roles";
import { useMe } from "@/api/session";
import { PLACES } from "@/app/places";
import { useTexts } from "@/i18n";
import { Mark } from "@/ui/Mark";
import { OpenBadge } from "./IncidentBanner";
import classes from "./SideNav.module.css";

/** Where the person can go: icon and word, on narrow screens only icons. */
export function SideNav() {
  const { shell, common } = useTexts();
  const { roles } = useMe();
  const isNarrow = useMediaQuery("(max-width: 1180px)", false, { getInitialValueInEffect: false });
  return (
    <nav className={classes.nav} aria-label={shell.navigation}>
      <div className={classes.brand}>
        <Mark size={28} />
        <span className={classes.word}>{common.product}</span>
      </div>
      <ul className={classes.list}>
        {PLACES.filter((place) => may(roles, place.right)).map(({ name, path, key, icon: Icon }) => (
          <li key={name}>
            <Tooltip label={shell[name]} position="right" disabled={!isNarrow}>
              <NavLink to={path} end={path === "/numbers"} className={classes.link ?? ""} aria-label={shell[name]}>
                <Icon size={18} aria-hidden />
                <span className={classes.word}>{shell[name]}</span>
                {name === "incidents" && <OpenBadge />}
                <kbd className={classes.key} aria-hidden>
                  g {key}
                </kbd>
              </NavLink>
            </Tooltip>
          </li>
        ))}
      </ul>
    </nav>
  );
}
