import type { Clock } from "#main/clock.ts";
import type { BrowserDoor } from "./browser-door.ts";
import { CODE_LIFE_MS } from "./exchange.ts";

/**
 * Keeps the hand-over file good until a tab has come in: each link in it lives for a minute, the officer may take longer.
 * Resolves once the first file is there; the path stays the same.
 */
export async function offerUntilOpened(door: BrowserDoor, clock: Clock, log: (line: string) => void): Promise<string> {
  const { file } = await door.handOver();
  const stop = clock.every(CODE_LIFE_MS - 5_000, () => {
    door.handOver().catch((error: unknown) => log(`The hand-over file could not be renewed: ${String(error)}`));
  });
  void Promise.race([door.opened, door.closed]).then(stop);
  return file;
}
