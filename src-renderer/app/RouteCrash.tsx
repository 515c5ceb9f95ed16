import { useRevalidator, useRouteError } from "react-router";
import { CrashScreen } from "./CrashBoundary.tsx";

export function RouteCrash() {
  const error = useRouteError();
  const { revalidate } = useRevalidator();
  return <CrashScreen error={error} onReload={() => void revalidate()} />;
}
