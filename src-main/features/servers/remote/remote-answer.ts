import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { ErrorCode } from "#shared/errors/codes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { RunResult } from "../ssh-port.ts";
import { withoutSecret } from "./without-secret.ts";

/**
 * What a script answered: between two lines with the run's nonce, lines `key:text`, or `key<`, base64 and a dot. A key may come again.
 * The accessors throw `servers/unexpected-answer` for a key that is not there or not of that kind.
 */
export class RemoteAnswer {
  readonly #values = new Map<string, Buffer[]>();
  readonly #program: string;

  constructor(frame: string, program: string) {
    this.#program = program;
    // A block has base64 and line ends only, so its dot cannot be mistaken; both kinds start with a word of ours.
    for (const match of frame.matchAll(/^([a-z0-9-]+)(?::(.*)|<\n([A-Za-z0-9+/=\r\n]*?)^\.)$/gm)) {
      const [, key = "", text, block = ""] = match;
      const bytes = text === undefined ? Buffer.from(block, "base64") : Buffer.from(text, "latin1");
      const present = this.#values.get(key);
      if (present === undefined) this.#values.set(key, [bytes]);
      else present.push(bytes);
    }
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  bytes(key: string): Buffer {
    const [first] = this.#values.get(key) ?? [];
    if (first === undefined) throw this.#unexpected(key);
    return first;
  }

  /** Every value of a key that came several times. */
  all(key: string): readonly Buffer[] {
    return this.#values.get(key) ?? [];
  }

  text(key: string): string {
    return this.bytes(key).toString("utf8");
  }

  optional(key: string): string | undefined {
    return this.#values.get(key)?.[0]?.toString("utf8");
  }

  list(key: string): readonly string[] {
    return (this.#values.get(key) ?? []).map((bytes) => bytes.toString("utf8"));
  }

  /** Lines of a text value, empty ones left out. */
  lines(key: string): readonly string[] {
    return (this.optional(key) ?? "").split("\n").filter((line) => line !== "");
  }

  /** A whole number; not negative. */
  number(key: string): number {
    const text = this.text(key).trim();
    if (!/^\d{1,15}$/.test(text)) throw this.#unexpected(key);
    return Number(text);
  }

  flag(key: string): boolean {
    return this.optional(key) === "yes";
  }

  #unexpected(key: string): KeysteadError {
    const says = `The server's answer to "${this.#program}" has no usable "${key}". Its shell or tools may be unusual.`;
    return new KeysteadError("servers/unexpected-answer", says);
  }
}

/** A run's output, and the password it was sent, which nothing shown of it may repeat. */
interface Heard extends RunResult {
  readonly secret?: SecretBytes | undefined;
}

/** Throws what went wrong when the script did not run to its end, or answered `error`. */
export function readAnswer(result: Heard, nonce: string, program: string): RemoteAnswer {
  const out = result.stdout.toString("latin1");
  const begin = `keystead ${nonce} begin\n`;
  const start = out.indexOf(begin);
  if (start < 0) throw diagnose(result);
  const end = out.indexOf(`keystead ${nonce} end\n`, start);
  if (end < 0) {
    const says = `The server stopped in the middle of "${program}". Test the connection, then try again.`;
    throw new KeysteadError("servers/unexpected-answer", says, serverText(result));
  }
  const answer = new RemoteAnswer(out.slice(start + begin.length, end), program);
  const error = answer.optional("error");
  if (error !== undefined) throw failure(error, answer, result);
  return answer;
}

const FAILURES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  "no-sudo": ["servers/sudo-refused", "The account is not root and the server has no sudo. Log in as root."],
  "become-refused": ["servers/not-permitted", "The server did not let root act as the account. Check that it exists."],
  symlink: [
    "servers/authorized-keys-symlink",
    "The keys file, or its folder, is a symbolic link, or was swapped while we looked. Follow the link by name if it is meant.",
  ],
  "not-regular": ["servers/authorized-keys-not-regular", "The keys file is not a regular file; sshd ignores it."],
  "not-owner": [
    "servers/authorized-keys-unsafe",
    "The keys file or its folder belongs to another account. Give it to the account that logs in, then try again.",
  ],
  "too-large": [
    "servers/authorized-keys-too-large",
    "The keys file is larger than Keystead reads. Clear it out by hand.",
  ],
  unreadable: ["servers/not-permitted", "The account may not read the keys file. Check its owner and mode."],
  changed: [
    "servers/changed-meanwhile",
    "The file changed on the server between reading and writing; nothing was written. Try again.",
  ],
  "given-up": [
    "servers/timed-out",
    "The server was ready too late: the change had been given up, and nothing was changed. Try again.",
  ],
  "no-directory": [
    "servers/authorized-keys-elsewhere",
    "The folder of the keys file does not exist. Make it on the server.",
  ],
  "disk-full": ["servers/disk-full", "The server's disk or quota is full; nothing was changed. Free some space there."],
  "read-only": ["servers/read-only", "The server's file system is mounted read-only; nothing was changed."],
  immutable: [
    "servers/not-permitted",
    "The file or its folder carries the immutable or append-only attribute (lsattr); nothing was changed. Take it off with chattr.",
  ],
  "not-permitted": ["servers/not-permitted", "The server refused to change the file; nothing was changed."],
  "write-failed": ["servers/unexpected-answer", "The server could not write the file; the old one is as it was."],
  "sshd-symlink": [
    "servers/sshd-config-symlink",
    "sshd's configuration file, or its folder, is a symbolic link, or was swapped while we looked; nothing was changed. Put the file itself there.",
  ],
  "sshd-not-regular": [
    "servers/sshd-config-invalid",
    "What stands in the place of sshd's configuration file is not a regular file; nothing was changed. Look at it on the server.",
  ],
  "sshd-not-owner": [
    "servers/not-permitted",
    "The folder of sshd's configuration does not belong to root; nothing was changed. Give it to root (chown), then try again.",
  ],
  "sshd-no-directory": [
    "servers/changed-meanwhile",
    "The folder of sshd's configuration file is not there; nothing was changed. Look on the server, then try again.",
  ],
  "no-sshd": ["servers/unsupported-system", "No OpenSSH server program was found on the server."],
  "not-root": ["servers/not-permitted", "This step needs root. Give the sudo password, or log in as root."],
  "config-broken": [
    "servers/sshd-config-invalid",
    "The server's sshd configuration is already invalid, so nothing was changed. Repair it first (sshd -t).",
  ],
  "config-invalid": [
    "servers/sshd-config-invalid",
    "The server's sshd refuses the new settings; its configuration is as it was.",
  ],
  overridden: [
    "servers/sshd-config-overridden",
    "Other settings on the server, such as a Match block, win over ours; its configuration is as it was.",
  ],
  "reload-failed": [
    "servers/sshd-reload-failed",
    "sshd on the server did not reload; its configuration files are as they were. Check the service there.",
  ],
  "timer-failed": ["servers/unexpected-answer", "The server could not arm the timed revert, so nothing was changed."],
  "already-armed": [
    "servers/busy",
    "Another change of this server's sshd is waiting for its proof. Try again when it has ended.",
  ],
  "restore-failed": [
    "servers/rollback-failed",
    "Restoring the server's former configuration failed. Check it by hand now.",
  ],
  "wrong-token": ["servers/busy", "The timed revert on the server belongs to another task; it was left alone."],
};

function failure(error: string, answer: RemoteAnswer, result: Heard): KeysteadError {
  if (error === "sudo-refused") return sudoRefused(result);
  const [code, says] = FAILURES[error] ?? ["servers/unexpected-answer", `The server answered "${error}".`];
  const text = answer.optional("text")?.trim();
  return new KeysteadError(code, says, { cause: error, ...(text && { serverText: text.slice(0, 2000) }) });
}

/** sudo tells its reasons by text alone; asked for in the C locale. The wordings are those of sudo and of sudo-rs. */
function sudoRefused(result: Heard): KeysteadError {
  const text = result.stderr.toString("utf8");
  const says = /must have a tty|no tty present/i.test(text)
    ? "sudo on the server insists on a terminal (requiretty). Allow this account without it, or log in as root."
    : /not in the sudoers|not allowed to (execute|run)|may not run sudo|I'm afraid I can't do that/i.test(text)
      ? "This account may not use sudo for this on the server. Log in as root or as an account that may."
      : /try again|incorrect (password|authentication)|authentication fail/i.test(text)
        ? "sudo on the server refused the password."
        : /password is required|no password was provided|interactive authentication is required/i.test(text)
          ? "sudo on the server asks for a password. Give the account's password."
          : "sudo on the server refused.";
  return new KeysteadError("servers/sudo-refused", says, serverText(result));
}

/** No answer at all: something other than our script spoke (B6, B16, B24). */
function diagnose(result: Heard): KeysteadError {
  const text = `${result.stdout.toString("utf8")}\n${result.stderr.toString("utf8")}`;
  const make = (code: ErrorCode, says: string) => new KeysteadError(code, says, serverText(result));
  if (/password (has |is )?expired|password change required|must change your password/i.test(text)) {
    return make(
      "servers/password-expired",
      "The account's password has expired. Change it on the server, then try again.",
    );
  }
  const other = /login as the user "?([^\s"]+)"? rather than/i.exec(text)?.[1];
  if (other !== undefined) {
    return make("servers/no-shell", `The server gives this account no shell: it asks to log in as "${other}" instead.`);
  }
  if (/is not recognized as an internal or external command|not recognized as the name of a cmdlet/i.test(text)) {
    return make("servers/unsupported-system", "This is a Windows server, which Keystead cannot bind keys to.");
  }
  if (/account (has )?expired|account is (locked|not available)|currently not available/i.test(text)) {
    return make(
      "servers/account-locked",
      "The account is locked, expired or has no login shell. Repair it on the server.",
    );
  }
  return make(
    "servers/no-shell",
    "The login worked but gave no POSIX shell: a forced command, an SFTP-only account or an appliance. Use another account, or bind over SFTP without switching passwords off (overSftp).",
  );
}

function serverText(result: Heard): { serverText: string; status?: number } {
  const shown = withoutSecret(Buffer.concat([result.stdout, result.stderr]), result.secret);
  const text = shown.toString("utf8").trim().slice(0, 2000);
  return { serverText: text, ...(result.status !== undefined && { status: result.status }) };
}
