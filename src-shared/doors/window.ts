import type { EventListener, Unsubscribe } from "../contract/events.ts";
import type { Contract, Feature, OperationName } from "../contract/index.ts";

/** Where the console lives inside the window: `keystead://console/`. */
export const WINDOW_SCHEME = "keystead";
export const WINDOW_HOST = "console";
export const WINDOW_ORIGIN = `${WINDOW_SCHEME}://${WINDOW_HOST}`;

/** Main → page, one message an event. */
export const EVENT_CHANNEL = "keystead:event";

/** One channel an operation: there is no channel that takes an operation's name from the page. */
export function channelOf(name: OperationName): string {
  return `keystead:call:${name}`;
}

/** What preload.ts puts on `window.keystead`. Each function resolves with a `Reply`, as plain data: errors lose their fields on the way across the context bridge. */
export interface WindowApi {
  readonly operations: {
    readonly [F in Feature]: { readonly [O in keyof Contract[F] & string]: (input: unknown) => Promise<unknown> };
  };
  listen(listener: EventListener): Unsubscribe;
}
