import type { Clock } from "#main/clock.ts";
import type { App } from "#main/dispatch/caller.ts";
import { watchForSuspend } from "../suspend-watch.ts";

/** What this file needs of Electron's `powerMonitor`. */
export interface PowerPort {
  on(event: "suspend", listener: () => void): unknown;
  on(event: "shutdown", listener: () => void): unknown;
  on(event: "lock-screen", listener: () => void): unknown;
  on(event: "user-did-resign-active", listener: () => void): unknown;
  getSystemIdleState(seconds: number): "active" | "idle" | "locked" | "unknown";
}

/** `lock-screen` exists on macOS and Windows only; elsewhere the state is asked for this often. */
const ASK_MS = 5_000;

/** Locks the vault when nobody sits before the screen any more: suspend, screen lock, switch of user, shutdown (D16). */
export function lockWhenAway(
  app: Pick<App, "lock">,
  power: PowerPort,
  clock: Clock,
  log: (line: string) => void,
): void {
  const lock = () => {
    app.lock("suspended").catch((error: unknown) => log(`The vault could not be locked: ${String(error)}`));
  };
  power.on("suspend", lock);
  power.on("shutdown", lock);
  power.on("lock-screen", lock);
  power.on("user-did-resign-active", lock);
  watchForSuspend(clock, lock);

  let wasLocked = false;
  clock.every(ASK_MS, () => {
    const isLocked = power.getSystemIdleState(ASK_MS / 1000) === "locked";
    if (isLocked && !wasLocked) lock();
    wasLocked = isLocked;
  });
}
