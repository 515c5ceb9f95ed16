import type { EventListener, Unsubscribe } from "#shared/contract/events.ts";
import type { ErrorPayload } from "#shared/errors/keystead-error.ts";

/** The doors a request can come through; named in every trace. */
export type Door = "window" | "browser" | "cli" | "test";

/**
 * One party at a door: a window, a browser tab, a command line process. Sessions belong to callers, never to requests,
 * so nothing a request carries can make it somebody else's. Made by `App.connect`, compared by identity.
 */
export interface Caller {
  readonly id: string;
  readonly door: Door;
}

/** What a door passes on, untouched: `operation` is `feature.operation`, `params` whatever the far side sent. */
export interface DoorRequest {
  readonly operation: string;
  readonly params: unknown;
}

export type Reply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: ErrorPayload };

/** What a door sees of the application. Implemented by `createApp` in app.ts. */
export interface App {
  /** Registers a caller; it has no session until it creates or unlocks the vault. */
  connect(door: Door): Caller;
  /** Forgets a caller and its session. The vault stays open for the others. */
  disconnect(caller: Caller): void;
  /** Never rejects: every outcome is a reply, expected failures and bugs alike. */
  dispatch(caller: Caller, request: DoorRequest): Promise<Reply>;
  /**
   * Events for callers with a session (`locked` and `unlocked` reach everybody). The listener must not throw.
   */
  listen(caller: Caller, listener: EventListener): Unsubscribe;
  /** Locks the vault if it is open (writes the last checkpoint) and stops everything. Resolves when the files are closed. */
  close(reason: "closing" | "suspended"): Promise<void>;
  /** Locks for a reason outside the contract, e.g. the computer is going to sleep. */
  lock(reason: "idle" | "suspended"): Promise<void>;
}

export interface AppOptions {
  /** Folder that holds `vault.json` and `vault.db`; made on `vault.create`. */
  readonly folder: string;
  readonly door: Door;
}
