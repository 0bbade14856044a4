/** Which page is at which address. Each page but the login comes in its own file, when it is first opened. */
import { createBrowserRouter, Navigate } from "react-router";
import { Shell } from "@/shell/Shell";
import { Guarded } from "./Guarded";
import { Home } from "./Home";
import { NotFound, PageFailed } from "./Notices";
import { reloadWhenRenewed } from "./renewed";

const NOTHING_YET = <></>; // until a page's file has come

export const router = createBrowserRouter([
  {
    path: "/login",
    lazy: () => import("@/pages/login/LoginPage"),
    errorElement: <PageFailed />,
    hydrateFallbackElement: NOTHING_YET,
  },
  {
    element: <Shell />,
    errorElement: <PageFailed />,
    hydrateFallbackElement: NOTHING_YET,
    children: [
      { path: "/", element: <Home /> },
      {
        element: <Guarded right="watchFloor" />,
        children: [{ path: "/floor", lazy: () => import("@/pages/floor/FloorPage"), errorElement: <PageFailed /> }],
      },
      {
        element: <Guarded right="readCampaigns" />,
        children: [
          { path: "/campaigns", lazy: () => import("@/pages/campaigns/CampaignsPage"), errorElement: <PageFailed /> },
        ],
      },
      {
        element: <Guarded right="watchPacing" />,
        children: [
          {
            path: "/campaigns/:campaignId/pacing",
            lazy: () => import("@/pages/pacing/PacingPage"),
            errorElement: <PageFailed />,
          },
        ],
      },
      {
        element: <Guarded right="issueNumbers" />,
        children: [{ path: "/numbers", lazy: () => import("@/pages/numbers/NumbersPage"), errorElement: <PageFailed /> }],
      },
      {
        element: <Guarded right="importNumbers" />,
        children: [
          {
            path: "/numbers/imports/:importId?",
            lazy: () => import("@/pages/imports/ImportsPage"),
            errorElement: <PageFailed />,
          },
        ],
      },
      {
        element: <Guarded right="hearRecordings" />,
        children: [
          {
            path: "/recordings/:callId?",
            lazy: () => import("@/pages/recordings/RecordingsPage"),
            errorElement: <PageFailed />,
          },
        ],
      },
      {
        element: <Guarded right="readCompleteness" />,
        children: [
          {
            path: "/completeness",
            lazy: () => import("@/pages/completeness/CompletenessPage"),
            errorElement: <PageFailed />,
          },
        ],
      },
      {
        element: <Guarded right="readIncidents" />,
        children: [
          {
            path: "/incidents/:incidentId?",
            lazy: () => import("@/pages/incidents/IncidentsPage"),
            errorElement: <PageFailed />,
          },
        ],
      },
      { path: "/index.html", element: <Navigate to="/" replace /> },
      { path: "*", element: <NotFound /> },
    ],
  },
]);

reloadWhenRenewed(router);
