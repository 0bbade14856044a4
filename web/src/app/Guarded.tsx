import { Outlet } from "react-router";
import type { Right } from "@/api/roles";
import { useMay } from "@/api/session";
import { NotAllowed } from "./Notices";

/** The page below it, for those who have the right; for all others a sentence. */
export function Guarded({ right }: { right: Right }) {
  return useMay(right) ? <Outlet /> : <NotAllowed />;
}
