import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import type { Caller } from "#main/dispatch/caller.ts";
import { type ContractEntry, operations } from "#shared/contract/index.ts";
import type { Trace } from "#shared/models/trace.ts";
import { type Fleet, fleetUnavailable, startFleet } from "#test/support/fleet/fleet.ts";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { RealClock } from "#test/support/real-clock.ts";
import { addUser } from "#test/support/second-user.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";
import { CLERK, GOOD, NEXT_PASSWORD, World } from "./walk.ts";
import { TokenWorld } from "./walk-tokens.ts";

/** These belong to everybody with a session: they concern nobody else. */
const OWN_SESSION = /^vault:(?:vault:lock|session:.*|password:change)$/;
const isPublic = (entry: ContractEntry) => entry.definition.action === "public";
const named = operations.map((entry) => [entry.name, entry] as const);

describe.skipIf(fleetUnavailable() ?? softHsmUnavailable())("A01 every operation of the contract", () => {
  const folder = new TestFolder("contract");
  let fleet: Fleet;
  let hsm: SoftHsm;
  let world: World;
  let kernel: Kernel;
  let stranger: Caller;
  let clerk: Caller;

  beforeAll(async () => {
    fleet = await startFleet(6);
    const vault = (await vaultTemplate(folder))("vault");
    await addUser(vault, OWNER.password, { ...CLERK, actions: [] });
    hsm = await startSoftHsm();
    const tokenModules = () => createTokenModules({ startProcess: nodeProcess(hsm.env) });
    kernel = new Kernel(vault, { tokenModules }, new RealClock(), "cli");
    stranger = kernel.app.connect("browser");
    clerk = kernel.app.connect("window");
    await kernel.unlock();
    await kernel.must("vault.unlock", CLERK, clerk);
    world = new World(kernel, fleet, new TokenWorld(kernel, hsm, folder));
  });
  afterAll(async () => {
    await kernel.app.close("closing");
    await hsm.dispose();
    await fleet.stop();
    folder[Symbol.dispose]();
    expect(kernel.bugs).toEqual([]);
  });

  const newest = async (name: string): Promise<Trace | undefined> =>
    (await kernel.must("audit.list", { name, limit: 1 })).traces[0];

  /** All that the vault holds, as it shows it; traces apart. */
  const contents = async () =>
    JSON.stringify([
      await kernel.must("keypairs.list"),
      await kernel.must("servers.list"),
      await kernel.must("tasks.list"),
      await kernel.must("vault.settings"),
    ]);

  /** What an earlier good call has begun goes on after its answer, and would change what is compared here. */
  const settled = async () => {
    const { tasks } = await kernel.must("tasks.list");
    for (const { id, state } of tasks) if (state === "running") await kernel.must("tasks.wait", { id, seconds: 60 });
  };

  /** Refused with `code`, nothing changed, and traced as such. */
  async function refused(
    entry: ContractEntry,
    params: unknown,
    caller: Caller,
    code: string,
    operator: string,
  ): Promise<void> {
    await settled();
    const before = await contents();
    expect(await kernel.code(entry.name, params, caller)).toBe(code);
    const trace = await newest(entry.definition.trace);
    expect(trace).toMatchObject({ operation: entry.name, code, operatorName: operator, source: caller.door });
    expect(trace?.outcome).toBe(code === "request/invalid-params" ? "failed" : "denied");
    expect(await contents()).toBe(before);
  }

  it.each(named.filter(([, entry]) => !isPublic(entry)))("A01 %s refuses a stranger", async (_name, entry) => {
    await refused(entry, {}, stranger, paramsAreEmpty(entry) ? "access/no-session" : "request/invalid-params", "");
    if (!paramsAreEmpty(entry)) {
      const params = await plausible(entry);
      await refused(entry, params, stranger, "access/no-session", "");
    }
  });

  it.each(named.filter(([, entry]) => !isPublic(entry) && !OWN_SESSION.test(entry.definition.action)))(
    "A01 %s refuses a user who may not",
    async (_name, entry) => {
      await refused(entry, await plausible(entry), clerk, "access/denied", CLERK.userName);
    },
  );

  it.each(named)("A01 %s refuses bad parameters and changes nothing", async (_name, entry) => {
    const params = (await plausible(entry)) as Record<string, unknown>;
    const bad: unknown[] = [{ ...params, surprise: 1 }, "text", 42, [], [params], true];
    for (const field of Object.keys(params)) {
      for (const value of [{}, [], null, Number.NaN, { toString: "x" }, "\u0000".repeat(3), "x".repeat(1_000_000)]) {
        if (
          typeof params[field] === "string" &&
          typeof value === "string" &&
          entry.definition.params.safeParse({ ...params, [field]: value }).success
        )
          continue;
        if (Array.isArray(value) && Array.isArray(params[field])) continue;
        bad.push({ ...params, [field]: value });
      }
    }
    const codes = new Set<string>();
    const before = await contents();
    for (const wrong of bad) {
      const reply = await kernel.reply(entry.name, wrong);
      codes.add(reply.ok ? `passed: ${JSON.stringify(wrong).slice(0, 200)}` : reply.error.code);
      if (!reply.ok) expect(JSON.stringify(reply.error).length).toBeLessThan(1000);
    }
    expect([...codes]).toEqual(["request/invalid-params"]);
    const trace = await newest(entry.definition.trace);
    expect(await contents()).toBe(before);
    expect(trace).toMatchObject({
      outcome: "failed",
      code: "request/invalid-params",
      status: "warning",
    });
  });

  it.each(named.filter(([, entry]) => entry.definition.critical === true))(
    "A01 %s asks for a fresh confirmation",
    async (_name, entry) => {
      await kernel.must("vault.confirm", { password: OWNER.password });
      const params = await GOOD[entry.name](world);
      kernel.clock.jumpWall(121_000);
      await refused(entry, params, kernel.caller, "access/confirmation-required", OWNER.userName);
      await kernel.must("vault.confirm", { password: OWNER.password });
      expect(await kernel.code(entry.name, params)).toBe("ok");
    },
  );

  const ordinary = named.filter(
    ([name]) =>
      ![
        "vault.status",
        "vault.keepAlive",
        "vault.create",
        "vault.unlock",
        "vault.lock",
        "vault.changePassword",
      ].includes(name),
  );
  it.each(ordinary)("A01 %s passes for the owner and is traced", async (_name, entry) => {
    await kernel.must("vault.confirm", { password: OWNER.password });
    const params = await GOOD[entry.name](world);
    const reply = await kernel.reply(entry.name, params);
    expect(reply).toMatchObject({ ok: true });
    await expectTraced(entry, params);
  });

  it("A01 the vault's own operations pass and are traced", async () => {
    const entry = (name: string) => {
      const found = operations.find((candidate) => candidate.name === name);
      if (found === undefined) throw new Error(name);
      return found;
    };
    expect(await kernel.code("vault.unlock", await GOOD["vault.unlock"](world), stranger)).toBe("ok");
    await expectTraced(entry("vault.unlock"), await GOOD["vault.unlock"](world), stranger);
    expect(await kernel.code("vault.changePassword", await GOOD["vault.changePassword"](world))).toBe("ok");
    await expectTraced(entry("vault.changePassword"), await GOOD["vault.changePassword"](world));
    expect(await kernel.code("vault.lock", await GOOD["vault.lock"](world))).toBe("ok");
    await kernel.unlock(NEXT_PASSWORD);
    await expectTraced(entry("vault.lock"), {});
    await using fresh = new Kernel(folder.at("new"), {}, new RealClock(), "cli");
    expect(await fresh.code("vault.create", await GOOD["vault.create"](world))).toBe("ok");
    const { traces } = await fresh.must("audit.list", { name: "createVault" });
    expect(traces).toMatchObject([{ sequence: 1, outcome: "allowed", operatorName: OWNER.userName, source: "cli" }]);
    expect(JSON.stringify(traces)).not.toContain(OWNER.password);
    // Said to be untraced in the contract, with the reason.
    for (const name of ["vault.status", "vault.keepAlive"]) {
      const before = (await kernel.must("audit.list", { limit: 1 })).total;
      expect(await kernel.code(name)).toBe("ok");
      expect((await kernel.must("audit.list", { limit: 1 })).total).toBe(before + 1);
      expect(entry(name).definition.untraced).toMatch(/\.$/);
    }
  });

  it("A01 no trace holds a secret that was sent, and the chain is whole", async () => {
    const secrets = [
      OWNER.password,
      NEXT_PASSWORD,
      CLERK.password,
      "file pass phrase",
      ...fleet.machines.map((machine) => machine.passwords.root),
      "PRIVATE KEY",
    ];
    for (const keyword of secrets) {
      const { traces } = await kernel.must("audit.list", { keyword, limit: 1000 });
      // The searches themselves are traced with what was searched for.
      expect(traces.filter((trace: Trace) => trace.name !== "listTraces")).toEqual([]);
    }
    expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
  });

  it("A01 what is not in the contract is refused and traced", async () => {
    for (const name of ["keypairs.drop", "__proto__", "vault.constructor", ""]) {
      expect(await kernel.code(name, {}, stranger)).toBe("request/unknown-operation");
      expect(await newest("unknownOperation")).toMatchObject({
        operation: name,
        outcome: "failed",
        source: "browser",
        operatorName: "",
      });
    }
  });

  async function expectTraced(entry: ContractEntry, params: unknown, caller = kernel.caller): Promise<void> {
    const trace = (await kernel.must("audit.list", { name: entry.definition.trace, outcome: "allowed", limit: 1 }))
      .traces[0] as Trace;
    expect(trace).toMatchObject({
      operation: entry.name,
      effect: entry.definition.effect,
      operatorName: OWNER.userName,
      source: caller.door,
      code: "",
    });
    for (const path of entry.definition.secret ?? []) {
      const value = path
        .split(".")
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], params);
      if (typeof value !== "string") continue;
      expect(trace.request).toContain("[hidden]");
      expect(trace.request + trace.answer).not.toContain(value);
    }
  }

  /** Parameters of the right shape about objects that need not be there: a refusal must come before anybody looks. */
  async function plausible(entry: ContractEntry): Promise<unknown> {
    const id = "00000000-0000-4000-8000-000000000000";
    const shapes: Readonly<Record<string, unknown>> = {
      "vault.acceptRollback": { reason: "x" },
      "servers.bind": { id, keypairId: id, password: "x" },
      "servers.trustHostKey": { id, fingerprint: "SHA256:x" },
      "keypairs.importPrivateKey": { id, privateKey: "x" },
      "keypairs.exportPrivateKey": { ids: [id], file: { format: "openssh" } },
      "keypairs.rename": { id, name: "x" },
    };
    if (shapes[entry.name] !== undefined) return shapes[entry.name];
    if (entry.definition.params.safeParse({ id }).success) return { id };
    return GOOD[entry.name](world);
  }

  function paramsAreEmpty(entry: ContractEntry): boolean {
    return entry.definition.params.safeParse({}).success;
  }
});
