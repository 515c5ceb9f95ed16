import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deriveKey } from "#main/crypto/derive.ts";
import { wrapKey } from "#main/crypto/password-kdf.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { encodeHeader } from "#main/features/vault/header.ts";
import { bothKeys, passwordKey, slotFacts } from "#main/features/vault/key-slot.ts";
import { ChildKernel } from "#test/support/child-kernel.ts";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { filesHolding, headerFile, readHeaderJson } from "#test/support/vault-files.ts";
import { openVaultDatabase, slotKeysOf } from "#test/support/vault-keys.ts";

const folder = new TestFolder("open");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

/** Puts the first slot behind the password's very bytes, as they came: so slots were made before. */
async function asTypedBefore(vault: string, password: string, userName: string, typed: string): Promise<void> {
  const { header, keys } = await slotKeysOf(vault, password);
  const [slot] = header.slots;
  if (slot?.kind !== "password") throw new TypeError("no password slot");
  const { wrapped: _wrapped, ...facts } = { ...slot, userName };
  using wrapping = await passwordKey(SecretBytes.fromText(typed), facts.kdf);
  const wrapped = wrapKey(wrapping, bothKeys(keys), slotFacts(header.vaultId, facts)).toString("base64");
  using headerKey = deriveKey(keys.root, header.vaultId, "header");
  writeFileSync(headerFile(vault), encodeHeader({ ...header, slots: [{ ...facts, wrapped }] }, headerKey));
}

const NEXT = "a wholly different pass phrase";
const MINUTE = 60_000;

describe("V01 life cycle", () => {
  it("V01 creates a vault, locks it and opens it again", async () => {
    await using kernel = new Kernel(folder.at("fresh"));
    expect(await kernel.must("vault.status")).toMatchObject({ state: "absent" });
    expect(await kernel.code("vault.unlock", { password: OWNER.password })).toBe("vault/not-created");
    expect(await kernel.must("vault.create", OWNER)).toMatchObject({ state: "unlocked", vaultName: OWNER.name });
    expect(await kernel.code("vault.create", OWNER)).toBe("vault/exists");
    await kernel.must("vault.lock");
    expect(await kernel.must("vault.status")).toMatchObject({
      state: "locked",
      users: ["olga"],
      passwordUsers: ["olga"],
    });
    expect(await kernel.code("keypairs.list")).toBe("vault/locked");
    await kernel.unlock();
    expect(await kernel.must("keypairs.list")).toEqual({ keypairs: [] });
    expect(kernel.bugs).toEqual([]);
  });

  it("V01 leaves only its two files behind when locked, readable by their owner alone", async () => {
    const vault = copy("files");
    await using kernel = new Kernel(vault);
    await kernel.unlock();
    await kernel.app.close("closing");
    expect(readdirSync(vault).sort()).toEqual(["vault.db", "vault.json", "vault.lock"]);
  });

  it("V01 V02 takes name and password however a keyboard writes their accents, an older vault's too", async () => {
    const [name, password] = ["Zoë Ångström", "pässwörter für alle tage"];
    const other = (text: string) => text.normalize("NFD");
    expect(other(password)).not.toBe(password);
    await using kernel = new Kernel(folder.at("accents"));
    await kernel.must("vault.create", { ...OWNER, userName: other(name), password: other(password) });
    for (const form of [password, other(password)]) {
      await kernel.must("vault.lock");
      await kernel.must("vault.unlock", { userName: name, password: form });
      expect(await kernel.code("vault.confirm", { password: form })).toBe("ok");
    }
    await kernel.must("keypairs.create", { name: "Ämter", spec: "ed25519", scope: "account" });
    expect(await kernel.code("keypairs.create", { name: other("Ämter"), spec: "ed25519", scope: "account" })).toBe(
      "keypairs/name-taken",
    );
    await kernel.app.close("closing");
    await asTypedBefore(kernel.folder, password, other(name), other(password));
    expect(await kernel.code("vault.unlock", { password: other(password) })).toBe("ok");
    await kernel.must("vault.lock");
    expect(await kernel.code("vault.unlock", { password: `${password}!` })).toBe("vault/wrong-password");
  });

  it("V01 makes no vault in a folder that others use, and leaves it as it is", async () => {
    const shared = folder.at("shared");
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    writeFileSync(join(shared, "somebody-elses"), "");
    await using kernel = new Kernel(shared);
    expect(await kernel.code("vault.create", OWNER)).toBe("vault/folder-shared");
    expect(statSync(shared).mode & 0o7777).toBe(0o1777);
    expect(readdirSync(shared)).toEqual(["somebody-elses"]);
    // An empty one is taken, and shut.
    rmSync(join(shared, "somebody-elses"));
    await kernel.create();
    expect(statSync(shared).mode & 0o777).toBe(0o700);
  });

  it("V01 refuses a weak password before anything is made", async () => {
    await using kernel = new Kernel(folder.at("weak"));
    expect(await kernel.code("vault.create", { ...OWNER, password: "aaaaaaaaaaaaaaaa" })).toBe("vault/weak-password");
    expect(await kernel.code("vault.create", { ...OWNER, password: "short" })).toBe("request/invalid-params");
    expect(await kernel.must("vault.status")).toMatchObject({ state: "absent" });
  });

  it("V02 refuses other parties at the same door while the vault is open, and all of them after it locks", async () => {
    await using kernel = new Kernel(copy("parties"));
    const stranger = kernel.app.connect("browser");
    await kernel.unlock();
    expect(await kernel.code("keypairs.list", {}, stranger)).toBe("access/no-session");
    expect(await kernel.must("vault.status", {}, stranger)).toMatchObject({
      state: "unlocked",
      vaultName: "",
      warnings: [],
    });
    await kernel.unlock(OWNER.password, stranger);
    expect(await kernel.code("keypairs.list", {}, stranger)).toBe("ok");
    await kernel.must("vault.lock", {}, stranger);
    for (const caller of [kernel.caller, stranger])
      expect(await kernel.code("keypairs.list", {}, caller)).toBe("vault/locked");
    await kernel.unlock();
    expect(await kernel.code("keypairs.list", {}, stranger)).toBe("access/no-session");
  });

  it("V02 ends a session with its caller and keeps the vault open for the others", async () => {
    await using kernel = new Kernel(copy("leaving"));
    const other = kernel.app.connect("cli");
    await kernel.unlock();
    await kernel.unlock(OWNER.password, other);
    kernel.app.disconnect(kernel.caller);
    expect(await kernel.code("keypairs.list")).toBe("access/no-session");
    expect(await kernel.code("keypairs.list", {}, other)).toBe("ok");
  });

  it("V02 does not let a call that began before a lock finish after the next unlock", async () => {
    await using kernel = new Kernel(copy("straddling"));
    await kernel.unlock();
    // Not kept, so that nothing of the closed vault is needed any more when the key is there: only the commit can refuse it.
    const file = { format: "openssh" };
    const slow = kernel.code("keypairs.create", { name: "slow", spec: "rsa-4096", keep: false, file });
    await kernel.must("vault.lock");
    await kernel.unlock();
    expect(await slow).toBe("vault/locked");
    const exports = join(kernel.folder, "exports");
    expect(existsSync(exports) ? readdirSync(exports) : []).toEqual([]);
    expect(await kernel.must("keypairs.list")).toEqual({ keypairs: [] });
    expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
    expect(kernel.bugs).toEqual([]);
  });
});

describe("V02 wrong password", () => {
  it("V02 makes the fourth guess wait, longer each time, and forgets it after the right one", async () => {
    await using kernel = new Kernel(copy("guesses"));
    const guess = () => kernel.code("vault.unlock", { userName: OWNER.userName, password: "not the password" });
    for (let i = 0; i < 3; i++) expect(await guess()).toBe("vault/wrong-password");
    const refused = await kernel.reply("vault.unlock", { userName: OWNER.userName, password: OWNER.password });
    expect(refused).toMatchObject({
      ok: false,
      error: { code: "access/too-many-attempts", details: { retryAfterSeconds: 1 } },
    });
    kernel.clock.advance(1000);
    expect(await guess()).toBe("vault/wrong-password");
    kernel.clock.advance(1000);
    expect(await guess()).toBe("access/too-many-attempts");
    kernel.clock.advance(1000);
    await kernel.unlock();
    await kernel.must("vault.lock");
    expect(await guess()).toBe("vault/wrong-password");
  });

  it("V02 guesses at another user's name and at a second door count the same", async () => {
    await using kernel = new Kernel(copy("doors"));
    const second = kernel.app.connect("cli");
    await kernel.unlock();
    for (const userName of ["nobody", OWNER.userName, undefined])
      expect(await kernel.code("vault.unlock", { userName, password: "not the password" }, second)).toBe(
        "vault/wrong-password",
      );
    expect(await kernel.code("vault.unlock", { password: OWNER.password }, second)).toBe("access/too-many-attempts");
    expect(await kernel.code("vault.confirm", { password: OWNER.password })).toBe("access/too-many-attempts");
    expect(await kernel.code("vault.changePassword", { currentPassword: OWNER.password, newPassword: NEXT })).toBe(
      "access/too-many-attempts",
    );
  });

  it("V02 A01 tells of guesses made while locked at the next unlock, in the trace too", async () => {
    await using kernel = new Kernel(copy("told"));
    for (let i = 0; i < 2; i++) await kernel.code("vault.unlock", { password: "not the password" });
    const status = await kernel.must("vault.unlock", { password: OWNER.password });
    expect(status.warnings).toMatchObject([{ code: "failed-unlocks", message: expect.stringContaining("2 attempts") }]);
    const { traces } = await kernel.must("audit.list", { name: "unlockVault", limit: 1 });
    expect(traces[0]).toMatchObject({ status: "warning", operatorName: "olga", source: "test" });
    expect(traces[0].answer).toContain("2 attempts");
    await kernel.must("vault.lock");
    expect((await kernel.must("vault.unlock", { password: OWNER.password })).warnings).toEqual([]);
  });
});

describe("V02 auto-lock", () => {
  it("V02 D16 locks after the idle time, and activity moves it", async () => {
    await using kernel = new Kernel(copy("idle"));
    const events: unknown[] = [];
    kernel.app.listen(kernel.caller, (event) => events.push(event));
    await kernel.unlock();
    kernel.clock.advance(9 * MINUTE);
    await kernel.must("vault.keepAlive");
    kernel.clock.advance(9 * MINUTE);
    expect(await kernel.must("vault.status")).toMatchObject({ state: "unlocked" });
    kernel.clock.advance(MINUTE + 2000);
    await expect.poll(() => kernel.must("vault.status")).toMatchObject({ state: "locked" });
    expect(await kernel.code("keypairs.list")).toBe("vault/locked");
    await expect.poll(() => events).toContainEqual({ type: "locked", reason: "idle" });
  });

  it("V02 what a stranger asks is no activity", async () => {
    await using kernel = new Kernel(copy("poked"));
    const stranger = kernel.app.connect("browser");
    await kernel.unlock();
    for (let i = 0; i < 11; i++) {
      kernel.clock.advance(MINUTE);
      await kernel.code("keypairs.list", {}, stranger);
      await kernel.code("vault.status", {}, stranger);
    }
    await expect.poll(() => kernel.must("vault.status")).toMatchObject({ state: "locked" });
  });

  it("V02 D16 locks when the wall clock has jumped ahead of the monotonic one", async () => {
    await using kernel = new Kernel(copy("slept"));
    const events: unknown[] = [];
    kernel.app.listen(kernel.caller, (event) => events.push(event));
    await kernel.unlock();
    kernel.clock.jumpWall(50_000);
    kernel.clock.advance(2000);
    expect(await kernel.must("vault.status")).toMatchObject({ state: "unlocked" });
    kernel.clock.jumpWall(61_000);
    kernel.clock.advance(1000);
    await expect.poll(() => kernel.must("vault.status")).toMatchObject({ state: "locked" });
    await expect.poll(() => events).toContainEqual({ type: "locked", reason: "suspended" });
  });

  it("I04 a confirmation lasts no longer when the wall clock is set back", async () => {
    await using kernel = new Kernel(copy("set-back"));
    await kernel.unlock();
    const { keypair } = await kernel.must("keypairs.create", { name: "guarded", spec: "ed25519" });
    const clear = () => kernel.code("keypairs.clearPrivateKey", { id: keypair.id });
    kernel.clock.jumpWall(-60 * MINUTE);
    kernel.clock.advance(3 * MINUTE);
    expect(await clear()).toBe("access/confirmation-required");
    await kernel.must("vault.confirm", { password: OWNER.password });
    expect(await clear()).toBe("ok");
  });

  it("V02 the idle time can be changed and is kept", async () => {
    const vault = copy("patience");
    await using kernel = new Kernel(vault);
    await kernel.unlock();
    await kernel.must("vault.updateSettings", { autoLockMinutes: 1 });
    kernel.clock.advance(MINUTE + 2000);
    await expect.poll(() => kernel.must("vault.status")).toMatchObject({ state: "locked" });
    expect(await kernel.unlock()).toMatchObject({ autoLockMinutes: 1 });
    for (const autoLockMinutes of [0, -1, 1.5, 1441, "10"])
      expect(await kernel.code("vault.updateSettings", { autoLockMinutes })).toBe("request/invalid-params");
  });
});

describe("G02 the idle time where a browser holds the vault", () => {
  it("G02 V01 is shorter there than in the window, is what the status says, and is kept", async () => {
    const vault = copy("weaker-door");
    {
      await using kernel = new Kernel(vault, {}, undefined, "window");
      expect(await kernel.unlock()).toMatchObject({ autoLockMinutes: 10, locksAt: kernel.clock.now() + 10 * MINUTE });
      expect(await kernel.must("vault.settings")).toMatchObject({ autoLockMinutes: 10, autoLockMinutesInBrowser: 5 });
    }
    await using kernel = new Kernel(vault, {}, undefined, "browser");
    const locksAt = kernel.clock.now() + 5 * MINUTE;
    expect(await kernel.unlock()).toMatchObject({ autoLockMinutes: 5, locksAt });
    kernel.clock.advance(5 * MINUTE - 1000);
    expect(await kernel.must("vault.status")).toMatchObject({ state: "unlocked", locksAt });
    kernel.clock.advance(2000);
    await expect.poll(() => kernel.must("vault.status")).toMatchObject({ state: "locked" });

    await kernel.unlock();
    await kernel.must("vault.updateSettings", { autoLockMinutesInBrowser: 2 });
    expect(await kernel.must("vault.status")).toMatchObject({ autoLockMinutes: 2 });
    kernel.clock.advance(2 * MINUTE + 2000);
    await expect.poll(() => kernel.must("vault.status")).toMatchObject({ state: "locked" });
    expect(await kernel.unlock()).toMatchObject({ autoLockMinutes: 2 });
  });

  it("G02 is never longer than in the window: the wish is refused, and a shorter window takes it along", async () => {
    await using kernel = new Kernel(copy("never-longer"), {}, undefined, "browser");
    await kernel.unlock();
    const wish = { autoLockMinutesInBrowser: 11 };
    expect(await kernel.code("vault.updateSettings", wish)).toBe("request/invalid-params");
    expect(await kernel.must("vault.status")).toMatchObject({ autoLockMinutes: 5 });
    expect(await kernel.must("vault.updateSettings", { autoLockMinutes: 3 })).toMatchObject({
      autoLockMinutes: 3,
      autoLockMinutesInBrowser: 3,
    });
    expect(await kernel.must("vault.status")).toMatchObject({ autoLockMinutes: 3 });
  });

  it("G02 is the default in a vault that was made before there was one", async () => {
    const vault = copy("older-settings");
    const database = await openVaultDatabase(vault, OWNER.password);
    const row = database.prepare("DELETE FROM settings WHERE name = 'autoLockMinutesInBrowser'");
    expect(row.run().changes).toBe(1);
    database.close();
    await using kernel = new Kernel(vault, {}, undefined, "browser");
    expect(await kernel.unlock()).toMatchObject({ autoLockMinutes: 5 });
  });
});

describe("V02 one process at a time", () => {
  it("V02 tells a second process which one holds the vault", async () => {
    const vault = copy("held");
    await using child = await ChildKernel.start(vault, ["hold"]);
    await child.line("unlocked");
    await using kernel = new Kernel(vault);
    const reply = await kernel.reply("vault.unlock", { password: OWNER.password });
    expect(reply).toMatchObject({
      ok: false,
      error: { code: "vault/held-by-other", details: { pid: child.pid, host: expect.any(String), door: "cli" } },
    });
    expect(reply.ok ? "" : reply.error.message).toContain(String(child.pid));
    expect(await kernel.must("vault.status")).toMatchObject({
      state: "locked",
      heldBy: { pid: child.pid, door: "cli" },
    });
    child.kill();
    await child.ended;
    await kernel.unlock();
  });
});

describe("V01 secrets at rest", () => {
  it("V01 D5 no key, password or private half is in any file in clear", async () => {
    const vault = copy("clear");
    const kernel = new Kernel(vault);
    await kernel.unlock();
    const { keypair, file } = await kernel.must("keypairs.create", {
      name: "marked-name",
      spec: "ed25519",
      file: { format: "pkcs8" },
    });
    const seed = Buffer.from(readFileSync(file.path, "utf8").replace(/-----[^-]+-----|\s/g, ""), "base64").subarray(
      -32,
    );
    // Killed instead of locked: what a write-ahead log holds must be as closed as the rest.
    const exported = readFileSync(file.path);
    await kernel.app.close("closing");
    writeFileSync(file.path, "");
    const { keys } = await slotKeysOf(vault, OWNER.password);
    for (const secret of [
      keys.root.reveal(),
      keys.user.reveal(),
      seed,
      exported,
      Buffer.from(OWNER.password),
      Buffer.from("marked-name"),
      Buffer.from(keypair.id),
    ])
      expect(filesHolding(vault, secret)).toEqual([]);
    for (const secret of [keys.root.reveal(), keys.user.reveal(), seed]) {
      expect(readFileSync(headerFile(vault), "utf8")).not.toContain(secret.toString("base64").slice(0, 20));
      expect(readFileSync(headerFile(vault), "utf8")).not.toContain(secret.toString("hex"));
    }
  });

  it("V01 D5 a sealed private half moved to another row does not open", async () => {
    const vault = copy("swapped");
    const kernel = new Kernel(vault);
    await kernel.unlock();
    const ids: string[] = [];
    for (const name of ["one", "two"])
      ids.push((await kernel.must("keypairs.create", { name, spec: "ed25519", scope: "account" })).keypair.id);
    await kernel.app.close("closing");
    const database = await openVaultDatabase(vault, OWNER.password);
    database
      .prepare("UPDATE keypairs SET privateSealed = (SELECT privateSealed FROM keypairs WHERE id = ?) WHERE id = ?")
      .run(ids[0], ids[1]);
    database.close();
    await using again = new Kernel(vault);
    await again.unlock();
    const file = { format: "openssh" };
    expect(await again.code("keypairs.exportPrivateKey", { ids: [ids[1]], file })).toBe("vault/sealed-value-damaged");
    expect(await again.code("keypairs.exportPrivateKey", { ids: [ids[0], ids[1]], file })).toBe(
      "vault/sealed-value-damaged",
    );
    expect(readdirSync(join(vault, "exports"))).toEqual([]);
    expect(await again.code("keypairs.exportPrivateKey", { ids: [ids[0]], file })).toBe("ok");
    expect((await again.must("audit.list", { status: "incident" })).total).toBe(2);
  });
});

describe("V01 change of password", () => {
  it("V01 the new one opens, the old one does not, and what the user owns stays readable", async () => {
    const vault = copy("renewed");
    await using kernel = new Kernel(vault);
    await kernel.unlock();
    const { keypair } = await kernel.must("keypairs.create", { name: "mine", spec: "ed25519" });
    const change = { currentPassword: OWNER.password, newPassword: NEXT };
    expect(await kernel.code("vault.changePassword", { ...change, currentPassword: "wrong old one" })).toBe(
      "vault/wrong-password",
    );
    expect(await kernel.code("vault.changePassword", { ...change, newPassword: "olga olga olga" })).toBe(
      "vault/weak-password",
    );
    const count = readHeaderJson(vault).writeCount;
    await kernel.must("vault.changePassword", change);
    expect(readHeaderJson(vault).writeCount).toBe(count + 1);
    await kernel.must("vault.lock");
    expect(await kernel.code("vault.unlock", { password: OWNER.password })).toBe("vault/wrong-password");
    await kernel.unlock(NEXT);
    expect(await kernel.code("keypairs.exportPrivateKey", { ids: [keypair.id], file: { format: "openssh" } })).toBe(
      "ok",
    );
  });

  it("V01 D22 is taken back when it cannot be traced", async () => {
    const vault = copy("untraceable");
    const database = await openVaultDatabase(vault, OWNER.password);
    database.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON traces WHEN NEW.name = 'changePassword' BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    database.close();
    await using kernel = new Kernel(vault);
    await kernel.unlock();
    const before = readHeaderJson(vault).writeCount;
    const changed = kernel.code("vault.changePassword", { currentPassword: OWNER.password, newPassword: NEXT });
    // The lock comes while the change is neither traced nor taken back yet, and has to wait for one of them.
    const locked = kernel.app.lock("suspended");
    expect(await changed).toBe("internal/bug");
    await locked;
    // Written and taken back, not merely refused; then the anchor of the lock.
    expect(readHeaderJson(vault).writeCount).toBe(before + 3);
    expect(await kernel.code("vault.unlock", { password: NEXT })).toBe("vault/wrong-password");
    await kernel.unlock();
  });

  it("V01 is either traced and done or taken back when the vault is locked at the same moment", async () => {
    for (let i = 0; i < 4; i++) {
      await using kernel = new Kernel(copy(`racing-${i}`));
      await kernel.unlock();
      const changed = kernel.code("vault.changePassword", { currentPassword: OWNER.password, newPassword: NEXT });
      const locked = i % 2 === 0 ? kernel.app.lock("suspended") : kernel.must("vault.lock");
      const code = await changed;
      await locked;
      await kernel.unlock(code === "ok" ? NEXT : OWNER.password);
      const { total } = await kernel.must("audit.list", { name: "changePassword", outcome: "allowed" });
      expect(total).toBe(code === "ok" ? 1 : 0);
      expect(kernel.bugs).toEqual([]);
    }
  });
});
