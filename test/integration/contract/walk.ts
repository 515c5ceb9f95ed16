import { readFileSync, writeFileSync } from "node:fs";
import type { OperationName } from "#shared/contract/index.ts";
import type { Fleet, Machine } from "#test/support/fleet/fleet.ts";
import { type Kernel, OWNER } from "#test/support/kernel.ts";
import { databaseFile } from "#test/support/vault-files.ts";
import { GOOD_TOKENS, type TokenWorld } from "./walk-tokens.ts";

export const CLERK = { userName: "rita", password: "seven quiet herons wading" } as const;
export const NEXT_PASSWORD = "a wholly different pass phrase";

/** What a good call may build on. Everything is made through the same door. */
export class World {
  readonly kernel: Kernel;
  readonly tokens: TokenWorld;
  readonly #fleet: Fleet;
  #serial = 0;

  constructor(kernel: Kernel, fleet: Fleet, tokens: TokenWorld) {
    this.kernel = kernel;
    this.tokens = tokens;
    this.#fleet = fleet;
  }

  machine(index: number): Machine {
    const machine = this.#fleet.machines[index];
    if (machine === undefined) throw new Error("the fleet is smaller than this walk");
    return machine;
  }

  async keypair(): Promise<string> {
    const { keypair } = await this.kernel.must("keypairs.create", {
      name: `walk-${this.#serial++}`,
      spec: "ed25519",
      scope: "account",
    });
    return keypair.id;
  }

  /** The private key file of a key pair that is then cleared. */
  async clearedKeypair(): Promise<{ id: string; privateKey: string }> {
    const id = await this.keypair();
    const { files } = await this.kernel.must("keypairs.exportPrivateKey", { ids: [id], file: { format: "pkcs8" } });
    await this.kernel.must("keypairs.clearPrivateKey", { id });
    return { id, privateKey: readFileSync(files[0].path, "utf8") };
  }

  /** The server on this machine: added once, its key compared. */
  async server(index: number): Promise<string> {
    const machine = this.machine(index);
    const { servers } = await this.kernel.must("servers.list");
    const known = servers.find(
      (server: { host: string; user: string }) => server.host === machine.host && server.user === "root",
    );
    if (known !== undefined) return known.id;
    const { hostKey } = await this.kernel.must("servers.readHostKey", { host: machine.host, port: machine.port });
    const address = { name: machine.name, host: machine.host, port: machine.port };
    return (await this.kernel.must("servers.add", { ...address, hostKeyFingerprint: hostKey.fingerprint })).id;
  }

  async bindParams(index: number): Promise<{ id: string; keypairId: string; password: string }> {
    return {
      id: await this.server(index),
      keypairId: await this.keypair(),
      password: this.machine(index).passwords.root,
    };
  }

  /** A server whose key pair is bound, with no task at work on it. */
  async boundServer(index: number): Promise<string> {
    const id = await this.server(index);
    for (;;) {
      const { runningTaskId, binding } = await this.kernel.must("servers.get", { id });
      if (runningTaskId !== undefined) await this.kernel.must("tasks.wait", { id: runningTaskId, seconds: 60 });
      else if (binding !== undefined) return id;
      else await this.kernel.must("servers.bind", await this.bindParams(index));
    }
  }

  async endedTask(index: number): Promise<string> {
    const task = await this.kernel.must("servers.bind", {
      ...(await this.bindParams(index)),
      password: "not this one",
    });
    await this.kernel.must("tasks.wait", { id: task.id, seconds: 60 });
    return task.id;
  }

  /** A bind that was stopped by a lock after it had changed the server. */
  async interruptedTask(index: number): Promise<string> {
    const task = await this.kernel.must("servers.bind", await this.bindParams(index));
    for (;;) {
      const { steps, state } = await this.kernel.must("tasks.get", { id: task.id });
      if (state !== "queued" && state !== "running")
        throw new Error(`the task was ${state} before it could be interrupted`);
      if (steps.some((step: { undo?: string }) => step.undo !== undefined)) break;
    }
    await this.kernel.must("vault.lock");
    await this.kernel.unlock();
    return task.id;
  }
}

/** The database as it was before the last session, as after a restored backup; the owner is in again. */
async function putBackAnOlderCopy({ kernel }: World): Promise<void> {
  await kernel.must("vault.lock");
  const older = readFileSync(databaseFile(kernel.folder));
  await kernel.unlock();
  await kernel.must("keypairs.list");
  await kernel.must("vault.lock");
  writeFileSync(databaseFile(kernel.folder), older);
  await kernel.unlock();
}

export type GoodCall = (world: World) => Promise<unknown>;

/** The calls of walk-tokens.ts, given their own part of the world. */
function withTokens(): Readonly<Record<keyof typeof GOOD_TOKENS, GoodCall>> {
  const calls = Object.entries(GOOD_TOKENS).map(([name, good]) => [name, (world: World) => good(world.tokens)]);
  return Object.fromEntries(calls);
}

/**
 * One good call for each operation. An operation without one does not compile. What servers then do about it is proved in
 * test/integration/servers; here it is enough that a call passes and is traced.
 */
export const GOOD: Readonly<Record<OperationName, GoodCall>> = {
  ...withTokens(),
  "vault.status": async () => ({}),
  "vault.create": async () => OWNER,
  "vault.unlock": async () => ({ userName: OWNER.userName, password: OWNER.password }),
  "vault.lock": async () => ({}),
  "vault.confirm": async () => ({ password: OWNER.password }),
  "vault.confirmWithToken": async (world) => ({ ...(await world.tokens.secondFactor()), password: OWNER.password }),
  "vault.changePassword": async (world) => ({
    currentPassword: OWNER.password,
    newPassword: NEXT_PASSWORD,
    tokenPins: [await world.tokens.secondFactor()],
  }),
  "vault.requireSecondFactor": async (world) => ({
    // Off: the password's own slot stays, which all other calls need.
    on: false,
    password: OWNER.password,
    ...(await world.tokens.secondFactor()),
  }),
  "vault.acceptRollback": async (world) => {
    await putBackAnOlderCopy(world);
    return { reason: "The disk failed; the backup of last night was put back." };
  },
  "vault.settings": async () => ({}),
  "vault.updateSettings": async () => ({ autoLockMinutes: 33 }),
  "vault.preferences": async () => ({}),
  "vault.setPreferences": async () => ({
    list: "servers",
    columns: ["name", "host"],
    filters: [{ name: "off", query: "login=off" }],
  }),
  "vault.keepAlive": async () => ({}),
  "keypairs.create": async () => ({
    name: "good",
    spec: "ecdsa-p256",
    file: { format: "ppk", passphrase: "file pass phrase" },
  }),
  "keypairs.list": async () => ({}),
  "keypairs.get": async (world) => ({ id: await world.keypair() }),
  "keypairs.rename": async (world) => ({ id: await world.keypair(), name: "renamed" }),
  "keypairs.remove": async (world) => ({ id: await world.keypair() }),
  "keypairs.publicKey": async (world) => ({ id: await world.keypair(), format: "pem" }),
  "keypairs.exportPrivateKey": async (world) => ({
    ids: [await world.keypair()],
    file: { format: "openssh", passphrase: "file pass phrase" },
  }),
  "keypairs.importPrivateKey": (world) => world.clearedKeypair(),
  "keypairs.clearPrivateKey": async (world) => ({ id: await world.keypair() }),
  "servers.readHostKey": async (world) => ({ host: world.machine(0).host, port: world.machine(0).port }),
  "servers.add": async (world) => ({
    name: "one more",
    host: world.machine(0).host,
    port: world.machine(0).port,
    user: "ops",
  }),
  "servers.list": async () => ({}),
  "servers.get": async (world) => ({ id: await world.server(0) }),
  "servers.update": async (world) => ({ id: await world.server(0), name: "another name" }),
  "servers.remove": async (world) => ({
    id: (await world.kernel.must("servers.add", { name: "to go", host: "192.0.2.1", port: 22 })).id,
  }),
  "servers.trustHostKey": async (world) => ({
    id: (
      await world.kernel.must("servers.add", {
        name: "untrusted",
        host: world.machine(0).host,
        port: world.machine(0).port,
        user: "plain",
      })
    ).id,
    fingerprint: (
      await world.kernel.must("servers.readHostKey", { host: world.machine(0).host, port: world.machine(0).port })
    ).hostKey.fingerprint,
  }),
  "servers.testConnection": async (world) => ({ id: await world.server(0), password: world.machine(0).passwords.root }),
  "servers.bind": (world) => world.bindParams(0),
  "servers.allowPasswordLogin": async (world) => ({ id: await world.boundServer(5) }),
  "tasks.list": async () => ({}),
  "tasks.get": async (world) => ({ id: await world.endedTask(1) }),
  "tasks.wait": async (world) => ({ id: await world.endedTask(1), seconds: 1 }),
  "tasks.retry": async (world) => ({ id: await world.endedTask(1), password: world.machine(1).passwords.root }),
  "tasks.rollBack": async (world) => ({ id: await world.interruptedTask(2) }),
  "tasks.cancel": async (world) => ({ id: (await world.kernel.must("servers.bind", await world.bindParams(3))).id }),
  "tasks.remove": async (world) => ({ id: await world.endedTask(4) }),
  "tasks.removeEnded": async () => ({ includeFailed: true }),
  "audit.list": async () => ({ keyword: "key" }),
  "audit.get": async () => ({ sequence: 1 }),
  "audit.verify": async () => ({}),
  "audit.checkpoints": async () => ({}),
};
