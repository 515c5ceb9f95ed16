import type { App, Caller } from "#main/dispatch/caller.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { VaultStatus } from "#shared/models/vault.ts";
import { secretFromDescriptor, secretFromFile } from "./secret-source.ts";
import { type CliPort, printWarning } from "./terminal-port.ts";

/** How the vault's password comes in: a file or a descriptor, or else it is asked for. Never by argument or environment. */
export interface LoginWish {
  readonly userName: string | undefined;
  readonly file: string | undefined;
  readonly descriptor: string | undefined;
}

export function loginWish(own: ReadonlyMap<string, string>): LoginWish {
  const wish = {
    userName: own.get("vault-user"),
    file: own.get("vault-password-file"),
    descriptor: own.get("vault-password-fd"),
  };
  if (wish.file !== undefined && wish.descriptor !== undefined)
    throw new KeysteadError(
      "request/invalid-params",
      "Give the vault's password by a file or by a descriptor, not both.",
    );
  return wish;
}

/** Dispatches one operation for the command line; throws what the dispatcher refuses. */
export async function call(app: App, caller: Caller, operation: string, params: unknown): Promise<unknown> {
  const reply = await app.dispatch(caller, { operation, params });
  if (!reply.ok) throw KeysteadError.fromPayload(reply.error);
  return reply.result;
}

/** Unlocks the vault. Looks first whether that can succeed at all, so that nobody types a password in vain. */
export async function unlockVault(app: App, caller: Caller, wish: LoginWish, port: CliPort): Promise<void> {
  const before = (await call(app, caller, "vault.status", {})) as VaultStatus;
  if (before.state === "absent") throw absent(before.folder);
  if (before.state === "locked" && before.heldBy !== undefined) throw heldBy(before.heldBy);
  const password = await vaultPassword(wish, before, port);
  const userName = wish.userName === undefined ? {} : { userName: wish.userName };
  const status = (await call(app, caller, "vault.unlock", { ...userName, password })) as VaultStatus;
  if (status.state === "unlocked")
    for (const warning of status.warnings) await printWarning(port, warning.message, warning.code);
}

async function vaultPassword(wish: LoginWish, status: VaultStatus, port: CliPort): Promise<string> {
  if (wish.file !== undefined) return secretFromFile(wish.file, (message) => void printWarning(port, message));
  if (wish.descriptor !== undefined) return secretFromDescriptor(wish.descriptor);
  const user = wish.userName ?? (status.state === "locked" ? status.users[0] : undefined);
  return port.ask(`Vault password${user === undefined ? "" : ` of ${user}`}: `);
}

function absent(folder: string): KeysteadError {
  return new KeysteadError(
    "vault/not-created",
    `There is no vault in ${folder}. Create one with “keystead vault create”, or set KEYSTEAD_HOME to the folder of yours.`,
    { folder },
  );
}

function heldBy(holder: {
  readonly pid: number;
  readonly host: string;
  readonly door: string;
  readonly since: number;
}) {
  const who = holder.pid === 0 ? "Another process" : `Process ${holder.pid} on ${holder.host} (${holder.door})`;
  return new KeysteadError(
    "vault/held-by-other",
    `${who} holds this vault. Lock it there, or end that process, and try again.`,
    { pid: holder.pid, host: holder.host, door: holder.door, since: holder.since },
  );
}
