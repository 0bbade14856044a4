import { campaigns } from "./campaigns";
import { common } from "./common";
import { completeness } from "./completeness";
import { floor } from "./floor";
import { incidents } from "./incidents";
import { listening } from "./listening";
import { login } from "./login";
import { reasons } from "./reasons";
import { recordings } from "./recordings";
import { search } from "./search";
import { shell } from "./shell";

import type { Texts } from "../zh";

export const en: Texts = { common, shell, login, floor, campaigns, recordings, search, listening, completeness, incidents, reasons };
