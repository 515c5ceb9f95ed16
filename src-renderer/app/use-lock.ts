import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useClient } from "./bridge-context.ts";
import { dropEverything } from "./use-events.ts";
import { useWindowStore } from "./window-store.ts";

/** Locks the vault; this window forgets at once, whatever main answers. */
export function useLock(): () => Promise<void> {
  const client = useClient();
  const queries = useQueryClient();
  return useCallback(async () => {
    const asked = client.vault.lock({});
    useWindowStore.getState().setLockReason("asked");
    await asked.catch(() => undefined);
    dropEverything(queries);
  }, [client, queries]);
}
