import type { App, Caller } from "#main/dispatch/caller.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenWay, VaultStatus } from "#shared/models/vault.ts";
import { secretFromDescriptor, secretFromFile } from "./secret-source.ts";
import { type CliPort, printWarning } from "./terminal-port.ts";

/** Where a secret is read from: a file or a descriptor, or else it is asked for. Never an argument or the environment. */
export interface SecretFrom {
  readonly file: string | undefined;
  readonly descriptor: string | undefined;
}

/** How somebody wants to come in. */
export interface LoginWish {
  readonly userName: string | undefined;
  readonly password: SecretFrom;
  /** Serial or slot id of a registered token, or `any` that is in; `undefined`: by the password alone. */
  readonly token: string | undefined;
  readonly pin: SecretFrom;
}

export function loginWish(own: ReadonlyMap<string, string>): LoginWish {
  const from = (what: string): SecretFrom => ({
    file: own.get(`vault-${what}-file`),
    descriptor: own.get(`vault-${what}-fd`),
  });
  const wish = {
    userName: own.get("vault-user"),
    password: from("password"),
    token: own.get("vault-token"),
    pin: from("pin"),
  };
  for (const [name, { file, descriptor }] of [
    ["password", wish.password],
    ["PIN", wish.pin],
  ] as const) {
    if (file !== undefined && descriptor !== undefined)
      throw wrong(`Give the vault's ${name} by a file or by a descriptor, not both.`);
  }
  if (wish.token === undefined && given(wish.pin))
    throw wrong("A PIN needs --vault-token SERIAL, or --vault-token any.");
  return wish;
}

/** Descriptors that the login reads to their end. */
export const loginDescriptors = ({ password, pin }: LoginWish): readonly string[] =>
  [password.descriptor, pin.descriptor].filter((descriptor) => descriptor !== undefined);

/** Whether anything was said about how to come in, so that a batch unlocks by itself. */
export const wantsLogin = ({ password, token }: LoginWish): boolean => token !== undefined || given(password);

const given = ({ file, descriptor }: SecretFrom) => file !== undefined || descriptor !== undefined;

function wrong(message: string): KeysteadError {
  return new KeysteadError("request/invalid-params", message);
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
  const status =
    wish.token === undefined
      ? await byPassword(app, caller, wish, before, port)
      : await byToken(app, caller, { ...wish, token: wish.token }, before, port);
  if (status.state === "unlocked")
    for (const warning of status.warnings) await printWarning(port, warning.message, warning.code);
}

async function byPassword(
  app: App,
  caller: Caller,
  wish: LoginWish,
  before: VaultStatus,
  port: CliPort,
): Promise<VaultStatus> {
  const user = wish.userName ?? (before.state === "locked" ? before.users[0] : undefined);
  const password = await secretOf(wish.password, `Vault password${user === undefined ? "" : ` of ${user}`}: `, port);
  const userName = wish.userName === undefined ? {} : { userName: wish.userName };
  return (await call(app, caller, "vault.unlock", { ...userName, password })) as VaultStatus;
}

/** The password is asked for only where it is needed besides. */
async function byToken(
  app: App,
  caller: Caller,
  wish: LoginWish & { readonly token: string },
  before: VaultStatus,
  port: CliPort,
): Promise<VaultStatus> {
  const meant = tokensMeant(wish, before.state === "absent" ? [] : before.tokens);
  const [only, ...others] = meant;
  const needsPassword = meant.some((way) => way.needsPassword);
  const who = only !== undefined && others.length === 0 ? ` of ${only.label}` : "";
  const pin = await secretOf(wish.pin, `PIN${who}: `, port);
  const owner = needsPassword && only !== undefined ? ` of ${only.userName}` : "";
  const password = needsPassword ? { password: await secretOf(wish.password, `Vault password${owner}: `, port) } : {};
  const slot = only !== undefined && others.length === 0 ? { slotId: only.slotId } : {};
  return (await call(app, caller, "vault.unlockWithToken", { ...slot, pin, ...password })) as VaultStatus;
}

/** Error: `tokens/not-administrator`, with what there is. */
function tokensMeant(wish: LoginWish & { readonly token: string }, ways: readonly TokenWay[]): readonly TokenWay[] {
  const own = ways.filter((way) => wish.userName === undefined || way.userName === wish.userName);
  const meant = own.filter((way) => wish.token === "any" || way.serial === wish.token || way.slotId === wish.token);
  if (meant.length > 0) return meant;
  const there = own.map((way) => `${way.serial} (${way.label}, ${way.userName})`).join(", ");
  throw new KeysteadError(
    "tokens/not-administrator",
    `No such token opens this vault. ${there === "" ? "None is registered." : `There are: ${there}.`}`,
  );
}

function secretOf({ file, descriptor }: SecretFrom, question: string, port: CliPort): Promise<string> {
  if (file !== undefined) return secretFromFile(file, (message) => void printWarning(port, message));
  if (descriptor !== undefined) return secretFromDescriptor(descriptor);
  return port.ask(question);
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
