import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Caller } from "#main/dispatch/caller.ts";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { addUser } from "#test/support/second-user.ts";
import { openVaultDatabase } from "#test/support/vault-keys.ts";

const folder = new TestFolder("users");
afterAll(() => folder[Symbol.dispose]());

const RITA = { userName: "rita", password: "seven quiet herons wading" } as const;
const EXPORT = { format: "openssh" } as const;

describe("V01 A04 two users of one vault", () => {
  let kernel: Kernel;
  let rita: Caller;
  let vault: string;
  beforeEach(async () => {
    vault = (await vaultTemplate(folder))(`vault-${Math.random()}`);
    await addUser(vault, OWNER.password, { ...RITA, actions: ["kps:keypair:*", "cts:*"] });
    kernel = new Kernel(vault);
    rita = kernel.app.connect("window");
    return () => kernel.app.close("closing");
  });

  it("V01 either opens the vault with a password of his own", async () => {
    expect(await kernel.must("vault.status")).toMatchObject({ users: ["olga", "rita"] });
    expect(await kernel.code("vault.unlock", { ...RITA, password: OWNER.password }, rita)).toBe("vault/wrong-password");
    expect(await kernel.must("vault.unlock", RITA, rita)).toMatchObject({ session: { userName: "rita" } });
    await kernel.unlock();
    expect(await kernel.must("audit.verify", {}, rita)).toMatchObject({ intact: true });
  });

  it("A04 each does what his patterns allow, and his own session's business", async () => {
    await kernel.must("vault.unlock", RITA, rita);
    expect(await kernel.code("keypairs.create", { name: "r", spec: "ed25519" }, rita)).toBe("ok");
    expect(await kernel.code("servers.list", {}, rita)).toBe("access/denied");
    expect(await kernel.code("vault.updateSettings", { autoLockMinutes: 5 }, rita)).toBe("access/denied");
    expect(await kernel.code("vault.confirm", { password: RITA.password }, rita)).toBe("ok");
    expect(
      await kernel.code(
        "vault.changePassword",
        { currentPassword: RITA.password, newPassword: "eight quiet herons" },
        rita,
      ),
    ).toBe("ok");
    await kernel.must("vault.lock", {}, rita);
    expect(await kernel.code("vault.unlock", { userName: "rita", password: "eight quiet herons" }, rita)).toBe("ok");
    await kernel.unlock();
  });

  it("P01 private key pairs exist for their owner alone; account-wide ones for both", async () => {
    await kernel.unlock();
    await kernel.must("vault.unlock", RITA, rita);
    const mine = (await kernel.must("keypairs.create", { name: "same name", spec: "ed25519" })).keypair.id;
    const hers = (await kernel.must("keypairs.create", { name: "same name", spec: "ed25519" }, rita)).keypair.id;
    const shared = (await kernel.must("keypairs.create", { name: "same name", spec: "ed25519", scope: "account" }))
      .keypair.id;
    expect(await kernel.code("keypairs.create", { name: "same name", spec: "ed25519", scope: "account" }, rita)).toBe(
      "keypairs/name-taken",
    );
    const ids = async (caller: Caller) =>
      (await kernel.must("keypairs.list", {}, caller)).keypairs.map((keypair: { id: string }) => keypair.id).sort();
    expect(await ids(kernel.caller)).toEqual([mine, shared].sort());
    expect(await ids(rita)).toEqual([hers, shared].sort());
    for (const [operation, params] of [
      ["keypairs.get", { id: mine }],
      ["keypairs.rename", { id: mine, name: "stolen" }],
      ["keypairs.publicKey", { id: mine }],
      ["keypairs.remove", { id: mine }],
      ["keypairs.clearPrivateKey", { id: mine }],
      ["keypairs.importPrivateKey", { id: mine, privateKey: "x" }],
      ["keypairs.exportPrivateKey", { ids: [mine], file: EXPORT }],
      ["keypairs.exportPrivateKey", { ids: [hers, mine], file: EXPORT }],
    ] as const)
      expect(await kernel.code(operation, params, rita), operation).toBe("keypairs/not-found");
    expect(await kernel.code("keypairs.exportPrivateKey", { ids: [shared], file: EXPORT }, rita)).toBe("ok");
    expect(kernel.bugs).toEqual([]);
  });

  it("P01 a private half made somebody else's by editing the database does not open", async () => {
    await kernel.unlock();
    const mine = (await kernel.must("keypairs.create", { name: "mine", spec: "ed25519" })).keypair.id;
    await kernel.app.close("closing");
    for (const edit of ["ownerId = (SELECT id FROM users WHERE name = 'rita')", "scope = 'account'"]) {
      const database = await openVaultDatabase(vault, RITA.password).catch(() =>
        openVaultDatabase(vault, OWNER.password),
      );
      database.exec(`UPDATE keypairs SET ${edit}`);
      database.close();
      await kernel.must("vault.unlock", RITA, rita);
      expect(await kernel.code("keypairs.exportPrivateKey", { ids: [mine], file: EXPORT }, rita)).toBe(
        "vault/sealed-value-damaged",
      );
      await kernel.app.close("closing");
    }
    expect(kernel.bugs).toEqual([]);
  });

  it("P12 A04 who may not see tasks is told nothing of them by events either", async () => {
    const database = await openVaultDatabase(vault, OWNER.password);
    database.exec(
      "INSERT INTO tasks VALUES ('t', 'bind', 'Bind web-1', 'interrupted', NULL, NULL, 'o', 'olga', 1, 1, NULL, 1, NULL, '{}', NULL, NULL, 1, 0, NULL)",
    );
    database.close();
    await kernel.unlock();
    await kernel.must("vault.unlock", RITA, rita);
    const heard: Record<"olga" | "rita", string[]> = { olga: [], rita: [] };
    kernel.app.listen(kernel.caller, (event) => heard.olga.push(event.type));
    kernel.app.listen(rita, (event) => heard.rita.push(event.type));
    await kernel.must("tasks.retry", { id: "t" });
    await kernel.must("tasks.wait", { id: "t", seconds: 20 });
    expect(heard.olga).toContain("task");
    expect(heard.rita).toContain("changed");
    expect(heard.rita).not.toContain("task");
  });

  it("P12 B27 a key pair that an unfinished task works with is neither deleted nor cleared", async () => {
    await kernel.unlock();
    const id = (await kernel.must("keypairs.create", { name: "at work", spec: "ed25519" })).keypair.id;
    await kernel.app.close("closing");
    for (const state of ["queued", "running", "rolling-back", "interrupted", "rollback-failed", "done"]) {
      const database = await openVaultDatabase(vault, OWNER.password);
      database.exec("DELETE FROM tasks");
      database
        .prepare(
          "INSERT INTO tasks VALUES ('t', 'bind', 'Bind', ?, NULL, ?, 'o', 'olga', 1, 1, NULL, 1, NULL, '{}', NULL, NULL, 1, 0, NULL)",
        )
        .run(state, id);
      database.close();
      await kernel.unlock();
      const expected = state === "done" ? "ok" : "keypairs/in-use";
      expect(await kernel.code("keypairs.clearPrivateKey", { id }), state).toBe(expected);
      expect(await kernel.code("keypairs.remove", { id, acceptBound: true }), state).toBe(expected);
      await kernel.app.close("closing");
    }
    expect(kernel.bugs).toEqual([]);
  });
});
