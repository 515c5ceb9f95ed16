import type { KeysteadEvent } from "../contract/events.ts";

/**
 * What the loopback door and its page say to each other. Bytes travel as base64url without padding.
 *
 * Exchange: both sides hold a one-time code that came by file, never over the wire. Every MAC is HMAC-SHA-256 under that
 * code of `label ‖ 0x00 ‖ page nonce (32) [‖ door nonce (32)]`:
 *
 *   page → door  POST /session {nonce, proof}   proof = MAC(pageProof, page nonce)
 *   door → page  {nonce, proof}                 proof = MAC(doorProof, page nonce, door nonce)
 *
 * The page checks the door's proof before it sends anything else: another process that took over the port cannot answer.
 * Both then derive the session secret and the next one-time code (for a reload of this tab) as MACs with their own labels.
 */
export const LOOPBACK = {
  host: "127.0.0.1",
  paths: { exchange: "/session", call: "/call", events: "/events", forget: "/forget" },
  /** Name of the code in the URL's fragment, which browsers never send: `#open=<code>`. */
  fragment: "open",
  authorization: "Keystead",
  secretBytes: 32,
  labels: {
    pageProof: "keystead door 1 page proof",
    doorProof: "keystead door 1 door proof",
    session: "keystead door 1 session secret",
    resume: "keystead door 1 resume code",
  },
  /** The door writes at least one line to the event stream in this time. */
  heartbeatMs: 5_000,
  /** Without a line for so long the page takes the stream for dead. */
  silenceMs: 15_000,
} as const;

export type LoopbackLabel = keyof typeof LOOPBACK.labels;

/** Body of `POST /session` in both directions. */
export interface ExchangeMessage {
  readonly nonce: string;
  readonly proof: string;
}

/** One line of the event stream. `end` is the last one: the door will not take this tab back. */
export type StreamLine =
  | { readonly type: "hello" }
  | { readonly type: "beat" }
  | { readonly type: "event"; readonly event: KeysteadEvent }
  | { readonly type: "end"; readonly reason: string };
