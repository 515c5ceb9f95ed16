import type { ServerResponse } from "node:http";
import type { Clock } from "#main/clock.ts";
import { sameBytes } from "#main/crypto/door-secrets.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { App, Caller } from "#main/dispatch/caller.ts";
import type { Unsubscribe } from "#shared/contract/events.ts";
import type { StreamLine } from "#shared/doors/loopback.ts";

/** What an exchange gives: the secret for requests and the one-time code for the next exchange of the same tab. */
export interface TabKeys {
  readonly secret: SecretBytes;
  readonly resume: SecretBytes;
}

/** One tab of the browser. It is one caller of the application for as long as it lives, reloads included. */
interface Tab {
  readonly caller: Caller;
  keys: TabKeys;
  /**
   * Keys of an exchange by `keys.resume` that the page has not yet used. Until it does, the old code stays good: a reload that
   * is itself interrupted must not lock the officer out.
   */
  next: TabKeys | undefined;
  stream: { readonly response: ServerResponse; readonly unsubscribe: Unsubscribe } | undefined;
  /** `clock.monotonic()` of the moment the stream was last seen. */
  seen: number;
}

export type TabHandle = Pick<Tab, "caller">;

/** A reader that lets this much pile up is not reading. */
const MAX_BACKLOG_BYTES = 1_000_000;

/** The tabs of one door: who they are, what they may present, and the streams to them. */
export class Tabs {
  readonly #app: App;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #tabs = new Set<Tab>();

  constructor(app: App, clock: Clock, options: { readonly graceMs: number }) {
    this.#app = app;
    this.#clock = clock;
    this.#graceMs = options.graceMs;
  }

  get count(): number {
    return this.#tabs.size;
  }

  add(keys: TabKeys): void {
    const caller = this.#app.connect("browser");
    this.#tabs.add({ caller, keys, next: undefined, stream: undefined, seen: this.#clock.monotonic() });
  }

  /** The codes that a reload may come back with, each with what to do when one of them is proved. */
  resumable(): readonly { readonly code: SecretBytes; readonly accept: (keys: TabKeys) => void }[] {
    return [...this.#tabs].flatMap((tab) => {
      const accept = (keys: TabKeys) => {
        disposeKeys(tab.next);
        tab.next = keys;
      };
      const { next } = tab;
      if (!next) return [{ code: tab.keys.resume, accept }];
      // Whoever proves the newer code has had the answer that it came with.
      const acceptNewer = (keys: TabKeys) => {
        this.#promote(tab, next);
        accept(keys);
      };
      return [
        { code: tab.keys.resume, accept },
        { code: next.resume, accept: acceptNewer },
      ];
    });
  }

  /** The tab that `secret` belongs to. Every comparison is made, so the time says nothing about which one matched. */
  find(secret: Uint8Array): TabHandle | undefined {
    let found: Tab | undefined;
    for (const tab of this.#tabs) {
      if (sameBytes(tab.keys.secret.reveal(), secret)) found = tab;
      if (tab.next && sameBytes(tab.next.secret.reveal(), secret)) {
        found = tab;
        this.#promote(tab, tab.next);
      }
    }
    return found;
  }

  /** Makes `response` the tab's event stream, from now until it closes. An older stream of the tab is told that it ended. */
  attach(handle: TabHandle, response: ServerResponse): void {
    const tab = handle as Tab;
    this.#endStream(tab, "This console was opened in another tab.");
    const unsubscribe = this.#app.listen(tab.caller, (event) => this.#write(response, { type: "event", event }));
    const stream = { response, unsubscribe };
    tab.stream = stream;
    response.on("close", () => {
      unsubscribe();
      if (tab.stream === stream) tab.stream = undefined;
      tab.seen = this.#clock.monotonic();
    });
    this.#write(response, { type: "hello" });
  }

  beat(): void {
    for (const { stream } of this.#tabs) if (stream) this.#write(stream.response, { type: "beat" });
  }

  /** Forgets the tabs whose stream has been gone for longer than a reload takes. Returns how many. */
  sweep(): number {
    const now = this.#clock.monotonic();
    const gone = [...this.#tabs].filter((tab) => !tab.stream && now - tab.seen > this.#graceMs);
    for (const tab of gone) this.#remove(tab);
    return gone.length;
  }

  endAll(reason: string): void {
    for (const tab of [...this.#tabs]) {
      this.#endStream(tab, reason);
      this.#remove(tab);
    }
  }

  #promote(tab: Tab, next: TabKeys): void {
    disposeKeys(tab.keys);
    tab.keys = next;
    tab.next = undefined;
  }

  #endStream(tab: Tab, reason: string): void {
    const stream = tab.stream;
    if (!stream) return;
    tab.stream = undefined;
    stream.unsubscribe();
    this.#write(stream.response, { type: "end", reason });
    stream.response.end();
  }

  #remove(tab: Tab): void {
    this.#tabs.delete(tab);
    disposeKeys(tab.keys);
    disposeKeys(tab.next);
    this.#app.disconnect(tab.caller);
  }

  #write(response: ServerResponse, line: StreamLine): void {
    if (response.writableLength > MAX_BACKLOG_BYTES) response.destroy();
    else if (!response.writableEnded) response.write(`${JSON.stringify(line)}\n`);
  }
}

function disposeKeys(keys: TabKeys | undefined): void {
  keys?.secret.dispose();
  keys?.resume.dispose();
}
