import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Offer } from "./algorithms.ts";
import type { GreetingTap, ServerOffer } from "./server-greeting.ts";

/** How far a connection has come. `waiting`: behind other handshakes with the same server. */
export type Phase = "waiting" | "dialling" | "identifying" | "negotiating" | "authenticating" | "open";

/** What is known when something fails: enough to name it without reading ssh2's texts. */
export interface Circumstances {
  /** `host:port`, as shown to people. */
  readonly address: string;
  readonly phase: Phase;
  readonly greeting: GreetingTap;
  readonly offer: Offer;
  /** What the server printed during login, already made harmless. */
  readonly banner: string | undefined;
  /** This server spoke SSH to us within the last minutes. */
  readonly answeredLately: boolean;
}

/** ssh2's errors: `level` says where, `code` is an errno name or an RFC 4253 disconnect reason. */
interface Ssh2Error extends Error {
  readonly level?: string;
  readonly code?: string | number;
  readonly errors?: readonly { readonly code?: string }[];
}

/** RFC 4253 section 11.1. */
const TOO_MANY_CONNECTIONS = 12;
const KEY_EXCHANGE_FAILED = 3;

export function translate(thrown: unknown, now: Circumstances): KeysteadError {
  if (isKeysteadError(thrown)) return thrown;
  const error = thrown as Ssh2Error;
  if (error.level === "client-socket") return socketFailed(error, now);
  if (error.level === "client-timeout") return connectionLost(now, { cause: error });
  if (typeof error.code === "number") return disconnected(error, now);
  if (now.phase === "identifying") return neverIdentified(now, { cause: error });
  if (now.phase === "negotiating") return negotiationFailed(now, { cause: error });
  return new KeysteadError(
    "servers/unexpected-answer",
    `${now.address} broke the SSH protocol. If it happens again, its SSH server or something in between is faulty.`,
    {},
    { cause: error },
  );
}

/** The connection ended without an error of its own. */
export function closed(now: Circumstances, options?: ErrorOptions): KeysteadError {
  switch (now.phase) {
    case "waiting":
    case "dialling":
    case "identifying":
      return neverIdentified(now, options);
    case "negotiating":
      return negotiationFailed(now, options);
    case "authenticating":
      return closedAtLogin(now, options);
    case "open":
      return connectionLost(now, options);
  }
}

export function timedOut(now: Circumstances): KeysteadError {
  const { address } = now;
  const sentence = {
    waiting: `Other connections to ${address} took too long, this one never started. Try again.`,
    dialling: `${address} does not answer. Check the address and port, that the server is on, and that no firewall drops the connection.`,
    identifying: `${address} accepted the connection but said nothing. The SSH server hangs, or another program listens on this port.`,
    negotiating: `${address} stopped answering during the key exchange. The SSH server hangs or the network loses large packets.`,
    authenticating: `${address} stopped answering during login. The server may be overloaded, or wait for a directory service.`,
    open: `${address} stopped answering.`,
  }[now.phase];
  return new KeysteadError("servers/timed-out", sentence, { phase: now.phase });
}

export function cancelled(): KeysteadError {
  return new KeysteadError("tasks/cancelled", "Cancelled. Nothing further was sent to the server.");
}

export function connectionLost(now: Pick<Circumstances, "address">, options?: ErrorOptions): KeysteadError {
  const sentence = `The connection to ${now.address} was lost. Check that the server is up, then try again.`;
  return new KeysteadError("servers/connection-lost", sentence, {}, options);
}

/** A server's own words for a message: no control characters, one line, not endless. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections on this port. Check the port, and that the SSH server runs there.",
  EHOSTUNREACH: "cannot be reached: there is no route to it, or it is off. Check the network and the address.",
  ENETUNREACH: "cannot be reached: this computer has no network that leads there. Check the network or VPN.",
  ENOTFOUND: "is a name that nobody knows. Check the spelling and the name service.",
  EAI_AGAIN: "could not be looked up: the name service does not answer. Try again, or use the IP address.",
  EACCES: "may not be contacted: this computer's own firewall forbids it.",
  EPERM: "may not be contacted: this computer's own firewall forbids it.",
  EADDRNOTAVAIL: "is not an address this computer can connect to. Check the address.",
};

function socketFailed(error: Ssh2Error, now: Circumstances): KeysteadError {
  // Several addresses were tried: Node reports them together.
  const code = String(error.code ?? error.errors?.[0]?.code ?? "");
  if (now.phase !== "dialling") return closed(now, { cause: error });
  if (code === "ETIMEDOUT") return timedOut(now);
  const why = UNREACHABLE[code] ?? `cannot be reached (${code || "no reason given"}).`;
  return new KeysteadError("servers/unreachable", `${now.address} ${why}`, { reason: code }, { cause: error });
}

function disconnected(error: Ssh2Error, now: Circumstances): KeysteadError {
  if (error.code === TOO_MANY_CONNECTIONS) return penalised(now, harmless(error.message), { cause: error });
  if (error.code === KEY_EXCHANGE_FAILED) return negotiationFailed(now, { cause: error });
  if (now.phase !== "authenticating") return closed(now, { cause: error });
  // sshd disconnects instead of answering when MaxAuthTries is reached (B54).
  const serverSays = harmless(error.message);
  const sentence = `${now.address} refused the login and closed the connection. Check the user name and the credential; the server may allow few attempts.`;
  return new KeysteadError("servers/login-refused", sentence, { serverSays }, { cause: error });
}

/** What sshd says before its identification when it turns an address away: up to 9.7, and from 9.8 (B52, B53). */
const TURNED_AWAY = /^(Exceeded MaxStartups|Not allowed at this time)/;

function neverIdentified(now: Circumstances, options?: ErrorOptions): KeysteadError {
  const { address, greeting } = now;
  if (greeting.identification !== undefined) {
    const sentence = `${address} speaks another version of SSH than 2.0. Its SSH server must be replaced.`;
    return new KeysteadError("servers/not-ssh", sentence, { serverSays: greeting.identification }, options);
  }
  const serverSays = harmless(greeting.text);
  if (TURNED_AWAY.test(serverSays)) return penalised(now, serverSays, options);
  if (greeting.silent && now.answeredLately) return penalised(now, undefined, options);
  if (greeting.silent) {
    return new KeysteadError(
      "servers/closed-early",
      `${address} closed the connection without a word. Check that this is the SSH port and that the server does not block this computer (deny list, fail2ban, or the penalties of OpenSSH 9.8 and later: then wait ten minutes).`,
      {},
      options,
    );
  }
  const sentence = `${address} does not speak SSH. Check the port: another service answers there.`;
  return new KeysteadError("servers/not-ssh", sentence, { serverSays }, options);
}

function penalised(now: Circumstances, serverSays: string | undefined, options?: ErrorOptions): KeysteadError {
  return new KeysteadError(
    "servers/penalised",
    `${now.address} turns this computer away for a while, because of many or failed logins from here. Wait at least a minute before the next attempt; up to ten minutes after repeated failures.`,
    { retryAfterSeconds: 60, serverSays },
    options,
  );
}

function negotiationFailed(now: Circumstances, options?: ErrorOptions): KeysteadError {
  const theirs = now.greeting.offer;
  const mismatch = theirs === undefined ? undefined : firstMismatch(now.offer, theirs);
  if (mismatch !== undefined) {
    return new KeysteadError(
      "servers/no-common-algorithm",
      `${now.address} and Keystead share no ${mismatch.what}: the server offers only ${mismatch.offered.join(", ")}. Allow a common one in its configuration, or, for an old server, set it to the legacy profile.`,
      { what: mismatch.what, offered: mismatch.offered },
      options,
    );
  }
  return new KeysteadError(
    "servers/closed-early",
    `${now.address} broke off the key exchange. Try again; if it stays so, look into the server's log.`,
    {},
    options,
  );
}

const WHAT = { kex: "key exchange", serverHostKey: "host key type", cipher: "cipher", hmac: "message check" } as const;

/** AEAD ciphers carry their own check; then no `hmac` is negotiated. */
const AEAD = /gcm|poly1305/;

function firstMismatch(
  ours: Offer,
  theirs: ServerOffer,
): { readonly what: string; readonly offered: readonly string[] } | undefined {
  for (const kind of ["kex", "serverHostKey", "cipher", "hmac"] as const) {
    const common = ours[kind].find((name) => theirs[kind].includes(name));
    if (common === undefined) return { what: WHAT[kind], offered: theirs[kind].map(harmless).slice(0, 40) };
    if (kind === "cipher" && AEAD.test(common)) return undefined;
  }
  return undefined;
}

/** PAM's account checks (expired account, nologin) speak in a banner and then hang up. */
function closedAtLogin(now: Circumstances, options?: ErrorOptions): KeysteadError {
  if (now.banner !== undefined) {
    const sentence = `${now.address} accepted the connection but lets this account not in. It says: ${now.banner}`;
    return new KeysteadError("servers/account-locked", sentence, { serverSays: now.banner }, options);
  }
  const sentence = `${now.address} closed the connection during login. The account may be blocked there; look into the server's log.`;
  return new KeysteadError("servers/closed-early", sentence, {}, options);
}
