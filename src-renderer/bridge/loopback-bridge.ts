import type { Feature, OperationName } from "#shared/contract/index.ts";
import { operationNames } from "#shared/contract/names.ts";
import { LOOPBACK } from "#shared/doors/loopback.ts";
import { unwrapReply } from "#shared/doors/reply.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Bridge } from "./bridge.ts";
import { buildClient } from "./build-client.ts";
import { Listeners } from "./listeners.ts";
import { exchangeCode } from "./loopback-handshake.ts";
import { CONNECTION_LOST, postJson, readJson } from "./loopback-http.ts";
import { readStream } from "./loopback-stream.ts";

/**
 * The bridge over the loopback door (protocol: #shared/doors/loopback.ts).
 *
 * F5 must not lose the session, and nothing that opens the vault may lie in the browser's storage. So sessionStorage, which
 * belongs to this one tab, holds a one-time code only: it is worthless once used, once the tab is gone for half a minute, or
 * once Keystead has ended; and using it makes the door prove itself again before anything else is sent.
 */
const RESUME_ITEM = "keystead.resume";

const FEATURES = Object.keys(operationNames) as readonly Feature[];

/** Pauses before each attempt to come back after the event stream broke off. */
const RECONNECT_PAUSES_MS = [0, 500, 2000] as const;

export async function loopbackBridge(): Promise<Bridge> {
  const connection = new LoopbackConnection();
  await connection.open();
  return {
    mode: "browser",
    client: buildClient((name, input) => connection.call(name, input)),
    listen: (listener) => connection.listeners.add(listener),
    lost: connection.lost,
  };
}

class LoopbackConnection {
  readonly listeners = new Listeners();
  readonly lost: Promise<string>;
  #lose: (reason: string) => void = () => undefined;
  #lostReason: string | undefined;
  #secret = "";
  #resume = "";
  /** Settles when a proved connection stands; calls wait for it, so nothing is sent to an unproved door. */
  #ready: Promise<void> = Promise.resolve();

  constructor() {
    this.lost = new Promise((resolve) => {
      this.#lose = (reason) => {
        this.#lostReason ??= reason;
        resolve(this.#lostReason);
      };
    });
  }

  async open(): Promise<void> {
    const codes = [takeCodeFromAddress(), sessionStorage.getItem(RESUME_ITEM)].filter(
      (code) => typeof code === "string",
    );
    let failure: unknown = new KeysteadError(
      "access/door-refused",
      "This page opens only from Keystead itself. Start Keystead again; it opens a new page.",
    );
    for (const code of codes) {
      try {
        await this.#connect(code);
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async call(operation: OperationName, params: unknown): Promise<unknown> {
    await this.#ready;
    if (this.#lostReason !== undefined) throw new KeysteadError("access/connection-lost", this.#lostReason);
    const response = await postJson(LOOPBACK.paths.call, { operation, params }, this.#secret);
    const reply = await readJson(response);
    if (response.status === 401) this.#lose("Keystead has ended this page's connection. Start Keystead again.");
    return reply;
  }

  /** Proves both sides, opens the event stream and resolves after its first line. */
  async #connect(code: string): Promise<void> {
    const session = await exchangeCode(code, async (path, body) => {
      const response = await postJson(path, body);
      const answer = await readJson(response);
      return response.ok ? answer : unwrapReply(answer);
    });
    // At once: a reload between here and the first line of the stream comes back with this code.
    this.#resume = session.resume;
    sessionStorage.setItem(RESUME_ITEM, session.resume);
    const abort = new AbortController();
    const response = await postJson(LOOPBACK.paths.events, {}, session.secret, abort.signal);
    if (!response.ok) unwrapReply(await readJson(response));
    const lines = readStream(response, abort);
    const first = await lines.next();
    if (first.done || first.value.type !== "hello") {
      abort.abort();
      throw new KeysteadError("access/connection-lost", CONNECTION_LOST);
    }
    this.#secret = session.secret;
    void this.#follow(lines);
  }

  async #follow(lines: ReturnType<typeof readStream>): Promise<void> {
    for await (const line of lines) {
      if (line.type === "end") {
        sessionStorage.removeItem(RESUME_ITEM);
        this.#lose(line.reason);
        return;
      }
      if (line.type === "event") {
        this.listeners.tell(line.event);
        if (line.event.type === "locked") void this.#forget();
      }
    }
    this.#ready = this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    for (const pause of RECONNECT_PAUSES_MS) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      try {
        await this.#connect(this.#resume);
        // Events of the gap are gone: have everything asked for anew.
        for (const feature of FEATURES) this.listeners.tell({ type: "changed", feature });
        return;
      } catch (error) {
        // Only silence is worth another try; a door that refuses us, or is not ours, will not change its mind.
        if (!isKeysteadError(error) || error.code !== "access/connection-lost") break;
      }
    }
    this.#lose(CONNECTION_LOST);
  }

  /** After a lock the door has the browser throw away whatever it kept of this origin; our one-time code goes back in. */
  async #forget(): Promise<void> {
    try {
      await postJson(LOOPBACK.paths.forget, {}, this.#secret);
      sessionStorage.setItem(RESUME_ITEM, this.#resume);
    } catch (error) {
      if (!isKeysteadError(error)) throw error;
      // A lost connection shows itself through the stream.
    }
  }
}

/** Reads the code from the fragment and removes it from the address and the history entry at once. */
function takeCodeFromAddress(): string | undefined {
  const match = new RegExp(`^#${LOOPBACK.fragment}=([A-Za-z0-9_-]+)$`).exec(location.hash);
  if (!match) return undefined;
  history.replaceState(null, "", location.pathname);
  return match[1];
}
