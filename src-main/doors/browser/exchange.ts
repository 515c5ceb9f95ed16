import type { Clock } from "#main/clock.ts";
import { DOOR_SECRET_BYTES, doorMac, newDoorNonce, newDoorSecret, sameBytes } from "#main/crypto/door-secrets.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { type ExchangeMessage, LOOPBACK } from "#shared/doors/loopback.ts";
import type { FailureLimit } from "./failure-limit.ts";
import { Refusal } from "./refusal.ts";
import type { TabKeys, Tabs } from "./tabs.ts";

/** How long the code in a hand-over file is good. */
export const CODE_LIFE_MS = 60_000;

interface PendingCode {
  readonly code: SecretBytes;
  readonly until: number;
}

/** Turns one-time codes into sessions: the server's half of the exchange in #shared/doors/loopback.ts. */
export class Exchange {
  readonly #clock: Clock;
  readonly #tabs: Tabs;
  readonly #failures: FailureLimit;
  /** One at a time: a new hand-over makes the one before it worthless. */
  #pending: PendingCode | undefined;

  constructor(clock: Clock, tabs: Tabs, failures: FailureLimit) {
    this.#clock = clock;
    this.#tabs = tabs;
    this.#failures = failures;
  }

  /** A new bootstrap code as base64url. */
  issue(): string {
    this.revoke();
    const code = newDoorSecret();
    this.#pending = { code, until: this.#clock.monotonic() + CODE_LIFE_MS };
    return code.reveal().toString("base64url");
  }

  get codePending(): boolean {
    if (this.#pending && this.#clock.monotonic() >= this.#pending.until) this.revoke();
    return this.#pending !== undefined;
  }

  revoke(): void {
    this.#pending?.code.dispose();
    this.#pending = undefined;
  }

  /**
   * Answers an exchange, or throws a `Refusal`. The bootstrap code is used up by the first proof of it, before the answer
   * is on its way.
   */
  answer(body: Readonly<Record<string, unknown>>): ExchangeMessage {
    const blocked = this.#failures.blockedSeconds();
    if (blocked !== undefined) throw tooManyAttempts(blocked);

    const nonce = readBytes(body.nonce);
    const proof = readBytes(body.proof);
    if (!nonce || !proof || Object.keys(body).length !== 2) {
      this.#failures.count();
      throw new Refusal(400, "request/malformed", "An exchange has a nonce and a proof of 32 bytes each.");
    }
    const candidate = this.#candidates().find(({ code }) => sameBytes(mac(code, "pageProof", nonce), proof));
    if (!candidate) {
      this.#failures.count();
      throw new Refusal(
        403,
        "access/door-refused",
        "This link has been used or is too old. Start Keystead again; it opens a new page.",
      );
    }

    const own = newDoorNonce();
    const keys: TabKeys = {
      secret: SecretBytes.take(mac(candidate.code, "session", nonce, own)),
      resume: SecretBytes.take(mac(candidate.code, "resume", nonce, own)),
    };
    const answer = {
      nonce: own.toString("base64url"),
      proof: mac(candidate.code, "doorProof", nonce, own).toString("base64url"),
    };
    candidate.accept(keys);
    return answer;
  }

  #candidates() {
    const pending = this.codePending ? this.#pending : undefined;
    const bootstrap = pending && {
      code: pending.code,
      accept: (keys: TabKeys) => {
        this.revoke();
        this.#tabs.add(keys);
      },
    };
    return bootstrap ? [bootstrap, ...this.#tabs.resumable()] : this.#tabs.resumable();
  }
}

export function tooManyAttempts(seconds: number): Refusal {
  return new Refusal(
    429,
    "access/too-many-attempts",
    `Too many wrong attempts at this door. It lets nobody new in for ${seconds} seconds.`,
    { "Retry-After": String(seconds) },
  );
}

/** 32 bytes from base64url, written in the one canonical way. */
export function readBytes(text: unknown): Buffer | undefined {
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === DOOR_SECRET_BYTES && bytes.toString("base64url") === text ? bytes : undefined;
}

function mac(key: SecretBytes, label: keyof typeof LOOPBACK.labels, ...nonces: readonly Uint8Array[]): Buffer {
  return doorMac(key, LOOPBACK.labels[label], ...nonces);
}
