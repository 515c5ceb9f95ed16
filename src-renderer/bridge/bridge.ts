import type { EventListener, Unsubscribe } from "#shared/contract/events.ts";
import type { Client } from "#shared/contract/index.ts";

/** The console's only way to the vault; the same whether it runs in Keystead's window or in a browser. */
export interface Bridge {
  /** One function an operation. Each rejects with a `KeysteadError`. */
  readonly client: Client;
  readonly mode: "window" | "browser";
  /** Calls `listener` for each event from now on. */
  listen(listener: EventListener): Unsubscribe;
  /** Resolves, with a sentence for the officer, when the connection is gone for good. Never rejects. */
  readonly lost: Promise<string>;
}
