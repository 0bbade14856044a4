import { Navigate } from "react-router";
import { may } from "@/api/roles";
import { useMe } from "@/api/session";
import { NotAllowed } from "./Notices";
import { PLACES } from "./places";

/** Goes to the first page that the person may use. */
export function Home() {
  const { roles } = useMe();
  const first = PLACES.find((place) => may(roles, place.right));
  return first === undefined ? <NotAllowed /> : <Navigate to={first.path} replace />;
}
