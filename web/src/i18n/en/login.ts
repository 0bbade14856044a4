import type { Texts } from "../zh";

export const login: Texts["login"] = {
  title: "Log in",
  username: "User name",
  password: "Password",
  submit: "Log in",
  wrong: "User name or password is wrong",
  wrongHint: "Check capitals and small letters, then try again.",
  locked: "Too many attempts: this account is locked for now",
  lockedHint: (left) => `Try again in ${left}.`,
  lockedOver: "You can try again now.",
  failed: "Cannot log in right now",
  showPassword: "Show or hide the password",
  needUsername: "Enter your user name",
  needPassword: "Enter your password",
  motto: "Every call, on record.",
  forgotten: "Forgot your password? Ask your supervisor.",
  expired: "Your login has ended. Log in again, and you are back where you were.",
};
