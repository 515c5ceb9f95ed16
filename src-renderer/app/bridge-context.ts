import { createContext, useContext } from "react";
import type { Client } from "#shared/contract/index.ts";
import type { Bridge } from "../bridge/index.ts";

export const BridgeContext = createContext<Bridge | undefined>(undefined);

export function useBridge(): Bridge {
  const bridge = useContext(BridgeContext);
  if (!bridge) throw new Error("useBridge is used outside the console.");
  return bridge;
}

export function useClient(): Client {
  return useBridge().client;
}
