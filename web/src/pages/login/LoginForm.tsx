import { Alert, Button, PasswordInput, TextInput } from "@mantine/core";
import { CircleAlert, Info, Timer } from "lucide-react";
import { useState, type SyntheticEvent } from "react";
import { Problem } from "@/api/problem";
import { useLogIn } from "@/api/session";
import { useTexts } from "@/i18n";
import { problemText } from "@/i18n/problems";
import { useNow } from "@/live/clock";
import { span } from "@/ui/times";
import classes from "./login.module.css";

/** User name and password; says clearly what was wrong, and counts down while the account is locked. */
export function LoginForm({ hasExpired }: { hasExpired: boolean }) {
  const { login } = useTexts();
  const logIn = useLogIn();
  const [typed, setTyped] = useState({ username: "", password: "" });
  const [wasTried, setWasTried] = useState(false);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setWasTried(true);
    const username = typed.username.trim();
    if (username !== "" && typed.password !== "") logIn.mutate({ ...typed, username });
  };
  return (
    <form className={classes.form} onSubmit={submit} noValidate aria-label={login.title}>
      {hasExpired && !logIn.error && (
        <Alert variant="light" icon={<Info aria-hidden />} role="status">
          {login.expired}
        </Alert>
      )}
      {logIn.error && <Refusal key={logIn.submittedAt} error={logIn.error} at={logIn.submittedAt} />}
      <TextInput
        label={login.username}
        size="md"
        autoFocus
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
        value={typed.username}
        error={wasTried && typed.username.trim() === "" ? login.needUsername : undefined}
        onChange={({ currentTarget: { value } }) => setTyped((now) => ({ ...now, username: value }))}
      />
      <PasswordInput
        label={login.password}
        size="md"
        autoComplete="current-password"
        maxLength={256}
        value={typed.password}
        error={wasTried && typed.password === "" ? login.needPassword : undefined}
        visibilityToggleButtonProps={{ "aria-label": login.showPassword }}
        onChange={({ currentTarget: { value } }) => setTyped((now) => ({ ...now, password: value }))}
      />
      <Button type="submit" size="md" fullWidth loading={logIn.isPending}>
        {login.submit}
      </Button>
      <p className={classes.forgotten}>{login.forgotten}</p>
    </form>
  );
}

function Refusal({ error, at }: { error: Error; at: number }) {
  const texts = useTexts();
  if (error instanceof Problem && error.reason === "locked_out") {
    return <Locked until={at + (error.retryAfterS ?? 0) * 1000} />;
  }
  const isWrong = error instanceof Problem && error.status === 401;
  const said = isWrong ? { title: texts.login.wrong, hint: texts.login.wrongHint } : problemText(texts, error);
  return (
    <Alert color="red" variant="light" icon={<CircleAlert aria-hidden />} title={said.title} role="alert">
      {said.hint}
    </Alert>
  );
}

/** The countdown is for the eye; it is announced once, not every second. */
function Locked({ until }: { until: number }) {
  const { login } = useTexts();
  const left = Math.ceil((until - useNow()) / 1000);
  if (left <= 0) {
    return (
      <Alert variant="light" icon={<Info aria-hidden />} role="status">
        {login.lockedOver}
      </Alert>
    );
  }
  return (
    <Alert color="orange" variant="light" icon={<Timer aria-hidden />} title={login.locked} role="alert">
      <span aria-live="off">{login.lockedHint(span(left))}</span>
    </Alert>
  );
}
