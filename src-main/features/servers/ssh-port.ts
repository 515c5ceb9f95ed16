import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { SshSigner } from "#main/crypto/signer.ts";

/**
 * What the servers feature needs of SSH. `adapters/ssh` implements it with ssh2; nothing else may know that library.
 * Every method rejects with a `KeysteadError` whose code starts with `servers/` (or `tasks/cancelled` when `signal` aborts).
 */
export interface Ssh {
  /**
   * Shows the host key without logging in (B46: trust is decided before any credential is used).
   * One connection, one key: the one the server would use with us. Errors: unreachable, timed-out, not-ssh, closed-early,
   * penalised, no-common-algorithm.
   */
  readHostKey(request: HostKeyRequest): Promise<HostKey>;

  /**
   * Connects, checks the host key against `trusted` before any credential leaves this machine, logs in with exactly one
   * credential (B54). `trusted: []` rejects with `host-key-unknown` and carries the offered key in the details
   * (`algorithm`, `fingerprint`, `blob`); another key of a known type, or a type never seen while others are known, rejects
   * with `host-key-changed` (details: `expected`, `offered`).
   */
  connect(request: ConnectRequest): Promise<SshSession>;

  /**
   * The method names the server offers after a `none` request, e.g. `["publickey", "password"]` (B41). Costs penalty points
   * on OpenSSH 9.8 and later (B52): call it once per proof. The host key is checked as in `connect`.
   */
  offeredMethods(request: Omit<ConnectRequest, "login">): Promise<readonly string[]>;
}

export interface SshTarget {
  /** A DNS name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** A server's public key. `blob` is RFC 4253 section 6.6 wire format, base64; `fingerprint` is `SHA256:` + unpadded base64. */
export interface HostKey {
  readonly algorithm: string;
  readonly blob: string;
  readonly fingerprint: string;
}

/** `legacy` adds CBC, SHA-1 key exchange and `ssh-dss` for one old server; it is warned about and traced (B59). */
export type SshProfile = "strict" | "legacy";

export type SshLogin =
  | { readonly kind: "password"; readonly password: SecretBytes }
  | { readonly kind: "key"; readonly signer: SshSigner };

export interface HostKeyRequest {
  readonly host: string;
  readonly port: number;
  readonly profile: SshProfile;
  /** Whole call, milliseconds. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Types already known for this host, offered first (B48). */
  readonly preferTypes?: readonly string[] | undefined;
}

export interface ConnectRequest {
  readonly target: SshTarget;
  readonly login: SshLogin;
  readonly trusted: readonly HostKey[];
  readonly profile: SshProfile;
  /** Until the session is usable, milliseconds. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * Sends a `none` request before the credential, so that the session knows what is offered from outside: no connection of its
   * own, and no penalty, since a login follows (B41, B52).
   */
  readonly askMethods?: boolean;
}

export interface RunOptions {
  /** Written to the command's standard input, which is then closed, unless there are `answers`. */
  readonly stdin?: Uint8Array | undefined;
  /**
   * What is written, before the input is closed, when the command prints one of these lines; the first one counts. A command
   * that was given up, or lost with its connection, never gets an answer but finds its input closed.
   */
  readonly answers?: readonly InputAnswer[] | undefined;
  /** Until the command has ended, milliseconds (B56: a deadline of our own at every step). */
  readonly deadlineMs: number;
  /** Bytes of stdout and of stderr kept; more ends the command with `servers/unexpected-answer`. Default 1 MiB. */
  readonly maxOutputBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface InputAnswer {
  /** Of the command's stdout, with its line end. */
  readonly line: string;
  readonly stdin: string;
}

export interface RunResult {
  /** Exit status; `undefined` when the command ended by a signal or the server told none. */
  readonly status: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface SftpOptions {
  /** For each request, milliseconds. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What SFTP tells of one name, links not followed. */
export interface SftpFacts {
  readonly type: "file" | "folder" | "link" | "other";
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

/**
 * Files of the account by SFTP version 3, for accounts without a shell (B23). Errors: `servers/not-permitted`,
 * `servers/unsupported-system` where OpenSSH's extensions are missing, else `servers/unexpected-answer`.
 */
export interface SftpFiles {
  /** Absolute; `.` is the folder the account starts in. */
  realPath(path: string): Promise<string>;
  /** `undefined`: there is nothing of that name. */
  facts(path: string): Promise<SftpFacts | undefined>;
  /** `undefined`: there is no such file. More than `limit` bytes: `servers/authorized-keys-too-large`. */
  read(path: string, limit: number): Promise<Buffer | undefined>;
  /** Makes a file that must not be there yet, and has its bytes on the disk (`fsync@openssh.com`) when it resolves. */
  writeNew(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  /** Renames over what is there, in one step (`posix-rename@openssh.com`). */
  replace(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  makeFolder(path: string, mode: number): Promise<void>;
  /** Only an empty one. */
  removeFolder(path: string): Promise<void>;
  close(): void;
}

export interface SshSession {
  readonly hostKey: HostKey;
  /**
   * Every host key this server has proved to hold, `hostKey` first: OpenSSH announces and proves its other types shortly
   * after login. Pinning them all keeps a later change of the preferred type from looking like an attack (B48).
   */
  readonly provenHostKeys: readonly HostKey[];
  /** The server's identification string, e.g. `SSH-2.0-OpenSSH_9.2p1 Debian-2`. */
  readonly serverVersion: string;
  /** Which credential type let us in: `password`, `keyboard-interactive` or `publickey`. */
  readonly method: string;
  /** What the server offered after `none`, when that was asked for; `["none"]` from a server that lets anybody in. */
  readonly offeredMethods: readonly string[] | undefined;
  /** Runs one command line, given as is to the server's exec request (callers wrap POSIX scripts as `exec sh -c '…'`, B23). */
  run(command: string, options: RunOptions): Promise<RunResult>;
  /** Opens SFTP; close it when done. Error: `servers/no-shell` where the account gets none. */
  openSftp(options: SftpOptions): Promise<SftpFiles>;
  /** True once the connection has ended, by us or by the server. */
  readonly ended: boolean;
  /** Ends the connection; resolves when it is closed. Safe to call twice. */
  close(): Promise<void>;
}
