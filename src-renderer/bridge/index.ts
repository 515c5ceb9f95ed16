import type { WindowApi } from "#shared/doors/window.ts";
import type { Bridge } from "./bridge.ts";
import { loopbackBridge } from "./loopback-bridge.ts";
import { windowBridge } from "./window-bridge.ts";

export type { Bridge } from "./bridge.ts";

/**
 * Connects this page to its Keystead: through the preload in Keystead's own window, else through the loopback door. Rejects
 * with a `KeysteadError` whose sentence the page can show as it is. Call it once, before the router reads the address.
 */
export async function connectBridge(): Promise<Bridge> {
  const api = (window as { readonly keystead?: WindowApi }).keystead;
  return api ? windowBridge(api) : loopbackBridge();
}
