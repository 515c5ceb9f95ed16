/**
 * Every expected failure, once. `kind` decides the command line's exit status and how a door phrases it, `remedy` what the
 * person can do about it; the window switches over `remedy` exhaustively. A code is never renamed: scripts depend on it.
 */

/** What sort of failure it is. Exit statuses of the command line are in `EXIT_STATUS`. */
export type ErrorKind =
  | "input" // the request is wrong as written
  | "denied" // the caller may not do this
  | "locked" // the vault is not open here
  | "missing" // the thing named does not exist
  | "conflict" // it exists, but its state forbids this
  | "outside" // a server, token or disk did not do its part
  | "damaged" // stored data is not what was written
  | "bug"; // ours: logged with a reference

/** What the person can do. */
export type Remedy =
  | "correct-input"
  | "retry"
  | "unlock"
  | "confirm"
  | "check-server"
  | "check-disk"
  | "restore-backup"
  | "update-keystead"
  | "reinsert"
  | "enter-pin"
  | "ask-administrator"
  | "report";

interface CodeFacts {
  readonly kind: ErrorKind;
  readonly remedy: Remedy;
}

const input = { kind: "input", remedy: "correct-input" } as const;
const missing = { kind: "missing", remedy: "correct-input" } as const;
const conflict = { kind: "conflict", remedy: "correct-input" } as const;
const server = { kind: "outside", remedy: "check-server" } as const;

export const ERROR_CODES = {
  "request/malformed": input,
  "request/too-large": input,
  "request/unknown-operation": input,
  "request/invalid-params": input,
  "request/secret-in-arguments": input,
  "request/secret-needed": input,
  "request/secret-unreadable": input,
  "request/interrupted": { kind: "conflict", remedy: "retry" },
  "request/answer-lost": { kind: "outside", remedy: "correct-input" },

  "vault/not-created": { kind: "missing", remedy: "correct-input" },
  "vault/exists": conflict,
  "vault/folder-shared": input,
  "vault/locked": { kind: "locked", remedy: "unlock" },
  "vault/wrong-password": { kind: "denied", remedy: "correct-input" },
  "vault/weak-password": input,
  "vault/password-needed": input,
  "vault/token-needed": { kind: "denied", remedy: "reinsert" },
  "vault/header-unreadable": { kind: "damaged", remedy: "restore-backup" },
  "vault/header-damaged": { kind: "damaged", remedy: "restore-backup" },
  "vault/header-tampered": { kind: "damaged", remedy: "restore-backup" },
  "vault/newer-version": { kind: "conflict", remedy: "update-keystead" },
  "vault/kdf-out-of-bounds": { kind: "damaged", remedy: "restore-backup" },
  "vault/database-missing": { kind: "damaged", remedy: "restore-backup" },
  "vault/database-mismatch": { kind: "damaged", remedy: "restore-backup" },
  "vault/database-damaged": { kind: "damaged", remedy: "restore-backup" },
  "vault/sealed-value-damaged": { kind: "damaged", remedy: "restore-backup" },
  "vault/held-by-other": { kind: "conflict", remedy: "retry" },
  "vault/not-rolled-back": conflict,
  "vault/not-an-older-copy": { kind: "damaged", remedy: "restore-backup" },
  "vault/disk-failed": { kind: "outside", remedy: "check-disk" },

  "access/no-session": { kind: "locked", remedy: "unlock" },
  "access/denied": { kind: "denied", remedy: "ask-administrator" },
  "access/confirmation-required": { kind: "denied", remedy: "confirm" },
  "access/too-many-attempts": { kind: "denied", remedy: "retry" },
  "access/door-refused": { kind: "denied", remedy: "retry" },
  "access/connection-lost": { kind: "outside", remedy: "retry" },

  "files/not-writable": { kind: "outside", remedy: "check-disk" },
  "files/exists": conflict,

  "keypairs/not-found": missing,
  "keypairs/name-taken": conflict,
  "keypairs/no-private-key": conflict,
  "keypairs/in-use": conflict,
  "keypairs/key-mismatch": input,
  "keypairs/unreadable": input,
  "keypairs/unsupported-key": input,
  "keypairs/passphrase-required": input,
  "keypairs/passphrase-wrong": { kind: "denied", remedy: "retry" },

  "servers/not-found": missing,
  "servers/address-taken": conflict,
  "servers/busy": { kind: "conflict", remedy: "retry" },
  "servers/unreachable": server,
  "servers/timed-out": server,
  "servers/not-ssh": server,
  "servers/closed-early": server,
  "servers/penalised": { kind: "outside", remedy: "retry" },
  "servers/no-common-algorithm": server,
  "servers/host-key-unknown": { kind: "conflict", remedy: "confirm" },
  "servers/host-key-changed": { kind: "denied", remedy: "check-server" },
  "servers/host-key-revoked": { kind: "denied", remedy: "check-server" },
  "servers/login-refused": { kind: "denied", remedy: "retry" },
  "servers/interactive-login": server,
  "servers/password-expired": server,
  "servers/account-locked": server,
  "servers/no-shell": server,
  "servers/sudo-refused": { kind: "denied", remedy: "retry" },
  "servers/connection-lost": server,
  "servers/authorized-keys-elsewhere": server,
  "servers/authorized-keys-symlink": server,
  "servers/authorized-keys-not-regular": server,
  "servers/authorized-keys-unsafe": server,
  "servers/authorized-keys-restricted": conflict,
  "servers/authorized-keys-too-large": server,
  "servers/changed-meanwhile": { kind: "conflict", remedy: "retry" },
  "servers/disk-full": server,
  "servers/read-only": server,
  "servers/not-permitted": server,
  "servers/unsupported-system": server,
  "servers/key-not-accepted": server,
  "servers/sshd-config-invalid": server,
  "servers/sshd-config-overridden": server,
  "servers/sshd-config-symlink": server,
  "servers/sshd-reload-failed": server,
  "servers/second-factor-in-use": conflict,
  "servers/password-still-offered": server,
  "servers/password-not-offered": server,
  "servers/own-setting-edited": server,
  "servers/not-bound": conflict,
  "servers/reverted-by-server": server,
  "servers/would-lock-out": conflict,
  "servers/rollback-failed": server,
  "servers/unexpected-answer": server,

  "tokens/module-not-found": input,
  "tokens/module-unloadable": { kind: "outside", remedy: "correct-input" },
  "tokens/module-not-pkcs11": input,
  "tokens/module-taken": conflict,
  "tokens/module-unknown": missing,
  "tokens/module-crashed": { kind: "outside", remedy: "retry" },
  "tokens/module-hung": { kind: "outside", remedy: "retry" },
  "tokens/not-found": missing,
  "tokens/not-present": { kind: "outside", remedy: "reinsert" },
  "tokens/removed": { kind: "outside", remedy: "reinsert" },
  "tokens/not-initialized": conflict,
  "tokens/not-logged-in": { kind: "locked", remedy: "enter-pin" },
  "tokens/pin-incorrect": { kind: "denied", remedy: "correct-input" },
  "tokens/pin-locked": { kind: "denied", remedy: "ask-administrator" },
  "tokens/pin-final-try": { kind: "denied", remedy: "confirm" },
  "tokens/pin-length": input,
  "tokens/pin-each-time": input,
  "tokens/pin-refused": input,
  "tokens/pin-pad": conflict,
  "tokens/pin-not-set": conflict,
  "tokens/session-elsewhere": conflict,
  "tokens/confirmation-wrong": input,
  "tokens/label-taken": conflict,
  "tokens/relink-refused": conflict,
  "tokens/series-unknown": missing,
  "tokens/initialisation-incomplete": { kind: "outside", remedy: "retry" },
  "tokens/mechanism-missing": conflict,
  "tokens/mechanism-broken": { kind: "outside", remedy: "correct-input" },
  "tokens/hash-not-supported": conflict,
  "tokens/object-not-found": missing,
  "tokens/object-ambiguous": conflict,
  "tokens/deletion-incomplete": { kind: "outside", remedy: "correct-input" },
  "tokens/key-stays": conflict,
  "tokens/full": { kind: "outside", remedy: "correct-input" },
  "tokens/write-protected": conflict,
  "tokens/not-permitted": conflict,
  "tokens/backup-unreadable": input,
  "tokens/backup-wrong-key": conflict,
  "tokens/import-refused": conflict,
  "tokens/share-unreadable": input,
  "tokens/share-wrong": input,
  "tokens/share-other-set": input,
  "tokens/share-duplicate": input,
  "tokens/shares-too-few": input,
  "tokens/ceremony-unknown": missing,
  "tokens/ceremony-busy": { kind: "conflict", remedy: "retry" },
  "tokens/certificate-unreadable": input,
  "tokens/certificate-mismatch": conflict,
  "tokens/challenge-failed": { kind: "denied", remedy: "check-server" },
  "tokens/last-way-in": conflict,
  "tokens/not-administrator": missing,
  "tokens/device-failed": { kind: "outside", remedy: "reinsert" },
  "tokens/failed": { kind: "outside", remedy: "retry" },

  "tasks/not-found": missing,
  "tasks/wrong-state": conflict,
  "tasks/cancelled": { kind: "conflict", remedy: "retry" },
  "tasks/interrupted": { kind: "conflict", remedy: "retry" },
  "tasks/password-needed": { kind: "input", remedy: "correct-input" },

  "audit/not-found": missing,

  "internal/bug": { kind: "bug", remedy: "report" },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Exit status of the command line, by kind; 0 is success, 70 is EX_SOFTWARE of sysexits.h. */
export const EXIT_STATUS: Readonly<Record<ErrorKind, number>> = {
  input: 2,
  denied: 3,
  locked: 4,
  missing: 5,
  conflict: 6,
  outside: 7,
  damaged: 8,
  bug: 70,
};

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
