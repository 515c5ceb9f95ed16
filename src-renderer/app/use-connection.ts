import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Bridge, connectBridge } from "../bridge/index.ts";

export type Connection =
  | { readonly state: "opening" }
  | { readonly state: "open"; readonly bridge: Bridge }
  | { readonly state: "refused"; readonly error: unknown }
  | { readonly state: "lost"; readonly sentence: string };

// One connection a page, made once: the code that opens it works a single time.
let opening: Promise<Bridge> | undefined;

/** The door to main. When it is gone, everything that came through it is dropped from this window. */
export function useConnection(queries: QueryClient): Connection {
  const [connection, setConnection] = useState<Connection>({ state: "opening" });
  useEffect(() => {
    opening ??= connectBridge();
    opening.then(
      (bridge) => {
        setConnection({ state: "open", bridge });
        void bridge.lost.then((sentence) => {
          setConnection({ state: "lost", sentence });
          queries.clear();
        });
      },
      (error: unknown) => setConnection({ state: "refused", error }),
    );
  }, [queries]);
  return connection;
}
