import type { Client, ClientChannel } from "ssh2";

/** What a server answers to an attempt it does not let in with, RFC 4252 section 5.1. */
export interface Refusal {
  /** Methods that may go on. */
  readonly offered: readonly string[];
  /** It accepted the attempt and demands a further one. */
  readonly partial: boolean;
}

type FailureHandler = (protocol: unknown, offered: readonly string[], partial: boolean) => void;

interface Ssh2Internals {
  readonly _protocol?: {
    readonly _handlers?: { USERAUTH_FAILURE?: FailureHandler };
    signal?(channel: number, name: string): void;
  };
}

const MOVED = "ssh2 keeps its inside elsewhere now: adapt ssh2-internals.ts";

/**
 * Hears every refusal of a login, after `client.connect()`. ssh2 1.17 passes them to `authHandler` for all methods but a
 * signer's (client.js, USERAUTH_FAILURE: `agent` returns early), where "wrong key" and "right key, second factor next"
 * then look alike. The version is pinned; should the table move, this throws rather than guesses.
 */
export function tapRefusals(client: Client, heard: (refusal: Refusal) => void): void {
  const handlers = (client as unknown as Ssh2Internals)._protocol?._handlers;
  const original = handlers?.USERAUTH_FAILURE;
  if (handlers === undefined || original === undefined) {
    throw new Error(MOVED);
  }
  handlers.USERAUTH_FAILURE = (protocol, offered, partial) => {
    heard({ offered, partial });
    original(protocol, offered, partial);
  };
}

/**
 * Ends a command on the server. `channel.signal()` sends nothing once our input has ended, which is always here. sshd
 * (9.2 measured) refuses it in root's own sessions and for forced commands; then closing the channel is all there is.
 */
export function terminate(client: Client, channel: ClientChannel): void {
  const protocol = (client as unknown as Ssh2Internals)._protocol;
  const outgoing = (channel as unknown as { readonly outgoing?: { readonly id: number; readonly state: string } })
    .outgoing;
  if (protocol?.signal === undefined || outgoing === undefined) throw new Error(MOVED);
  if (outgoing.state === "open" || outgoing.state === "eof") protocol.signal(outgoing.id, "TERM");
  channel.close();
}
