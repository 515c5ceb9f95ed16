import { setTimeout as sleep } from "node:timers/promises";

const JITTER_MS = 40;
const REMEMBERED_MS = 10 * 60_000;
const MAX_REMEMBERED = 20_000;

interface Endpoint {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Lets a few handshakes at a time through to each server: sshd drops the tenth unauthenticated connection at random
 * (MaxStartups 10:30:100, B53). Those that had to wait start a random moment apart.
 */
export class HandshakeGate {
  readonly #limit: number;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #answered = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves with the way out, to be called once; rejects with the signal's reason. */
  async enter(address: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    let endpoint = this.#endpoints.get(address);
    if (endpoint === undefined) {
      endpoint = { running: 0, waiting: [] };
      this.#endpoints.set(address, endpoint);
    }
    const place = endpoint;
    const leave = () => this.#leave(address, place);
    if (place.running < this.#limit) {
      place.running++;
      return leave;
    }
    await turn(place, signal); // whoever left has kept the place for us
    try {
      await sleep(Math.random() * JITTER_MS, undefined, { signal });
    } catch {
      leave();
      throw signal.reason;
    }
    return leave;
  }

  /** A server that spoke SSH to us and then closes without a word is turning us away (B52). */
  noteAnswer(address: string): void {
    this.#answered.delete(address);
    this.#answered.set(address, Date.now());
    if (this.#answered.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#answered.keys();
    if (oldest !== undefined) this.#answered.delete(oldest);
  }

  answeredLately(address: string): boolean {
    return Date.now() - (this.#answered.get(address) ?? 0) < REMEMBERED_MS;
  }

  #leave(address: string, endpoint: Endpoint): void {
    const next = endpoint.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    endpoint.running--;
    if (endpoint.running === 0) this.#endpoints.delete(address);
  }
}

function turn(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = () => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    };
    const giveUp = () => {
      const at = endpoint.waiting.indexOf(go);
      if (at >= 0) endpoint.waiting.splice(at, 1);
      reject(signal.reason);
    };
    endpoint.waiting.push(go);
    signal.addEventListener("abort", giveUp, { once: true });
  });
}
