/** The first page: who are you. */
import { useQuery } from "@tanstack/react-query";
import { Navigate, useLocation } from "react-router";
import { meQuery } from "@/api/session";
import { useTexts } from "@/i18n";
import { LanguageSwitch } from "@/shell/TopBar";
import { returnOf } from "@/shell/return";
import { SchemeSwitch } from "@/shell/SchemeSwitch";
import { Mark } from "@/ui/Mark";
import { LoginForm } from "./LoginForm";
import classes from "./login.module.css";

export function Component() {
  const { login, common } = useTexts();
  const { data: me } = useQuery(meQuery);
  const { back, hasExpired } = returnOf(useLocation().state);
  if (me != null) return <Navigate to={back} replace />;
  return (
    <main className={classes.page}>
      <title>{`${login.title} · 天舟 Tianzhou`}</title>
      <div className={classes.tools}>
        <LanguageSwitch />
        <SchemeSwitch />
      </div>
      <div className={classes.card}>
        <div className={classes.brand}>
          <Mark size={44} />
          <div>
            <div className={classes.name}>{common.product}</div>
            <div className={classes.kind}>{common.centre}</div>
          </div>
        </div>
        <h1 className="visually-hidden">{login.title}</h1>
        <LoginForm hasExpired={hasExpired} />
      </div>
      <p className={classes.motto}>{login.motto}</p>
      <Waves />
    </main>
  );
}

function Waves() {
  return (
    <svg className={classes.waves} viewBox="0 0 1440 220" preserveAspectRatio="none" aria-hidden>
      <path d="M0 120c240-70 480-70 720-10s480 60 720-10v120H0z" opacity=".35" />
      <path d="M0 150c240-50 480-30 720 10s480 30 720-20v80H0z" opacity=".5" />
      <path d="M0 185c240-30 480-10 720 5s480 10 720-15v45H0z" />
    </svg>
  );
}
