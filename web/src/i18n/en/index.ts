import { campaigns } from "./campaigns";
import { common } from "./common";
import { completeness } from "./completeness";
import { floor } from "./floor";
import { imports } from "./imports";
import { incidents } from "./incidents";
import { listening } from "./listening";
import { login } from "./login";
import { numbers } from "./numbers";
import { pacing } from "./pacing";
import { reasons } from "./reasons";
import { recordings } from "./recordings";
import { search } from "./search";
import { shell } from "./shell";

import type { Texts } from "../zh";

export const en: Texts = { common, shell, login, floor, campaigns, imports, recordings, search, listening, completeness, incidents, numbers, pacing, reasons };
