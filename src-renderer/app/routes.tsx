import { createHashRouter } from "react-router";
import { KeypairPage } from "../features/keypairs/KeypairPage.tsx";
import { KeypairsPage } from "../features/keypairs/KeypairsPage.tsx";
import { OverviewPage } from "../features/overview/OverviewPage.tsx";
import { ServerPage } from "../features/servers/ServerPage.tsx";
import { ServersPage } from "../features/servers/ServersPage.tsx";
import { SettingsPage } from "../features/settings/SettingsPage.tsx";
import { TaskPage } from "../features/tasks/TaskPage.tsx";
import { TasksPage } from "../features/tasks/TasksPage.tsx";
import { InitialisePage } from "../features/tokens/InitialisePage.tsx";
import { ModulePage } from "../features/tokens/ModulePage.tsx";
import { SeriesPage } from "../features/tokens/SeriesPage.tsx";
import { ShareBackupPage } from "../features/tokens/ShareBackupPage.tsx";
import { ShareRestorePage } from "../features/tokens/ShareRestorePage.tsx";
import { TokenPage } from "../features/tokens/TokenPage.tsx";
import { TokensPage } from "../features/tokens/TokensPage.tsx";
import { TracesPage } from "../features/traces/TracesPage.tsx";
import { NotFoundPage } from "./NotFoundPage.tsx";
import { RouteCrash } from "./RouteCrash.tsx";
import { Shell } from "./Shell.tsx";

/** Every page with its address; all of it is in one bundle, so a page change never waits for a file. */
export function makeRouter() {
  return createHashRouter([
    {
      path: "/",
      element: <Shell />,
      errorElement: <RouteCrash />,
      children: [
        {
          errorElement: <RouteCrash />,
          children: [
            { index: true, element: <OverviewPage /> },
            { path: "keypairs", element: <KeypairsPage /> },
            { path: "keypairs/:id/:tab?", element: <KeypairPage /> },
            { path: "servers", element: <ServersPage /> },
            { path: "servers/:id/:tab?", element: <ServerPage /> },
            { path: "tokens", element: <TokensPage tab="tokens" /> },
            { path: "tokens/modules", element: <TokensPage tab="modules" /> },
            { path: "tokens/modules/:id", element: <ModulePage /> },
            { path: "tokens/series", element: <SeriesPage /> },
            { path: "tokens/:id/initialise", element: <InitialisePage /> },
            { path: "tokens/:id/back-up-by-shares/:ref", element: <ShareBackupPage /> },
            { path: "tokens/:id/restore-from-shares", element: <ShareRestorePage /> },
            { path: "tokens/:id/:tab?", element: <TokenPage /> },
            { path: "tasks", element: <TasksPage /> },
            { path: "tasks/:id", element: <TaskPage /> },
            { path: "traces", element: <TracesPage /> },
            { path: "settings", element: <SettingsPage /> },
            { path: "*", element: <NotFoundPage /> },
          ],
        },
      ],
    },
  ]);
}
