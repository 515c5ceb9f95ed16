import { type ExchangeMessage, LOOPBACK, type LoopbackLabel } from "#shared/doors/loopback.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { fromBase64Url, toBase64Url } from "./base64url.ts";

export interface LoopbackSession {
  /** Goes with every request, in memory only. */
  readonly secret: string;
  /** One-time code for a reload of this tab. */
  readonly resume: string;
}

/** Posts JSON to the door and resolves with the parsed answer. Rejects with a `KeysteadError`. */
export type Post = (path: string, body: unknown) => Promise<unknown>;

/**
 * Exchanges a one-time code for a session; the code itself never leaves the page. Rejects with `access/door-refused` when
 * the other side cannot prove that it knows the code: then it is not the Keystead that opened this page.
 */
export async function exchangeCode(code: string, post: Post): Promise<LoopbackSession> {
  const bytes = fromBase64Url(code);
  if (bytes?.length !== LOOPBACK.secretBytes) {
    throw new KeysteadError(
      "access/door-refused",
      "This address is not complete. Start Keystead again to get a new one.",
    );
  }
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
  bytes.fill(0);

  const nonce = crypto.getRandomValues(new Uint8Array(LOOPBACK.secretBytes));
  const proof = await crypto.subtle.sign("HMAC", key, message("pageProof", nonce));
  const message1: ExchangeMessage = { nonce: toBase64Url(nonce), proof: toBase64Url(new Uint8Array(proof)) };
  const answer = readAnswer(await post(LOOPBACK.paths.exchange, message1));

  // subtle.verify compares in constant time.
  const genuine =
    answer && (await crypto.subtle.verify("HMAC", key, answer.proof, message("doorProof", nonce, answer.nonce)));
  if (!genuine) {
    throw new KeysteadError(
      "access/door-refused",
      "What answers at this address is not the Keystead that opened this page. Enter nothing here, close the page and start Keystead again.",
    );
  }
  const derive = async (label: LoopbackLabel) =>
    toBase64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, message(label, nonce, answer.nonce))));
  return { secret: await derive("session"), resume: await derive("resume") };
}

function message(label: LoopbackLabel, ...nonces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(`${LOOPBACK.labels[label]}\0`);
  const whole = new Uint8Array(text.length + nonces.length * LOOPBACK.secretBytes);
  whole.set(text);
  nonces.forEach((nonce, index) => {
    whole.set(nonce, text.length + index * LOOPBACK.secretBytes);
  });
  return whole;
}

function readAnswer(answer: unknown) {
  const { nonce, proof } = (typeof answer === "object" && answer !== null ? answer : {}) as Record<string, unknown>;
  const bytes = { nonce: fromBase64Url(nonce), proof: fromBase64Url(proof) };
  if (bytes.nonce?.length !== LOOPBACK.secretBytes || !bytes.proof) return undefined;
  return { nonce: bytes.nonce, proof: bytes.proof };
}
