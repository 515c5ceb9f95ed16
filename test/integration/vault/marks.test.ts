import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { addUser } from "#test/support/second-user.ts";
import { databaseFile, headerFile } from "#test/support/vault-files.ts";

const NEXT = "a quite different horse staple";
const folder = new TestFolder("marks");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

/** The warnings of the next unlock, which is locked again. */
async function warnings(vault: string, password: string = OWNER.password): Promise<readonly string[]> {
  await using kernel = new Kernel(vault);
  const { warnings: told } = await kernel.must("vault.unlock", { password });
  const { traces } = await kernel.must("audit.list", { name: "unlockVault", limit: 1 });
  expect(traces[0].status).toBe(told.length > 0 ? "warning" : "normal");
  return told.map((warning: { code: string }) => warning.code);
}

describe("what the header and the database know of each other", () => {
  it("V02 D20 D26 an end without a lock is told at the next unlock, and only then", async () => {
    const vault = copy("cut-off");
    const cut = folder.at("cut-off-copy");
    await using kernel = new Kernel(vault);
    await kernel.unlock();
    await kernel.must("keypairs.create", { name: "late", spec: "ed25519" });
    // What a crash at this moment leaves.
    cpSync(vault, cut, { recursive: true });
    rmSync(join(cut, "vault.holder.json"), { force: true });
    expect(await warnings(cut)).toEqual(["not-locked"]);
    expect(await warnings(cut)).toEqual([]);
    await kernel.app.close("closing");
    expect(await warnings(vault)).toEqual([]);
  });

  it("V02 H06 D26 an older header beside the present database is told of, until the ways in are settled anew", async () => {
    const vault = copy("older-header");
    const older = folder.at("older.json");
    copyFileSync(headerFile(vault), older);
    {
      await using kernel = new Kernel(vault);
      await kernel.unlock();
      await kernel.must("vault.changePassword", { currentPassword: OWNER.password, newPassword: NEXT });
    }
    expect(await warnings(vault, NEXT)).toEqual([]);
    copyFileSync(older, headerFile(vault));
    expect(await warnings(vault)).toEqual(["other-ways-in", "database-changed"]);
    expect(await warnings(vault)).toEqual(["other-ways-in"]);
    {
      await using kernel = new Kernel(vault);
      await kernel.unlock();
      await kernel.must("vault.changePassword", { currentPassword: OWNER.password, newPassword: NEXT });
    }
    expect(await warnings(vault, NEXT)).toEqual([]);
  });

  it("V02 D26 any older page put back into a locked database is told of, though the traces are whole", async () => {
    const vault = copy("older-page");
    const kernel = new Kernel(vault);
    await kernel.unlock();
    const { keypair } = await kernel.must("keypairs.create", { name: "before", spec: "ed25519" });
    await kernel.app.close("closing");
    const older = readFileSync(databaseFile(vault));
    await kernel.unlock();
    await kernel.must("keypairs.rename", { id: keypair.id, name: "after" });
    await kernel.app.close("closing");
    const newest = readFileSync(databaseFile(vault));
    const pages = Array.from({ length: older.length / 4096 }, (_, page) => page * 4096);
    const differ = pages.filter((at) => !older.subarray(at, at + 4096).equals(newest.subarray(at, at + 4096)));
    let believed = 0;
    for (const at of differ) {
      const mixed = folder.at(`mixed-${at}`);
      cpSync(vault, mixed, { recursive: true });
      writeFileSync(
        databaseFile(mixed),
        Buffer.concat([newest.subarray(0, at), older.subarray(at, at + 4096), newest.subarray(at + 4096)]),
      );
      await using restored = new Kernel(mixed);
      const { warnings: told } = await restored.must("vault.unlock", { password: OWNER.password });
      expect(["database-changed", "rolled-back"], `page ${at / 4096}`).toContain(told[0]?.code);
      const { keypairs } = await restored.must("keypairs.list");
      if (keypairs[0].name === "before" && (await restored.must("audit.verify")).intact) believed += 1;
    }
    // The very page that takes the renaming back keeps every seal and every trace as it was.
    expect(believed).toBeGreaterThan(0);
    expect(await warnings(vault)).toEqual([]);
  });

  it("V02 D26 an older write-ahead log put beside a locked database is told of", async () => {
    const vault = copy("older-log");
    const log = `${databaseFile(vault)}-wal`;
    const kernel = new Kernel(vault);
    await kernel.unlock();
    await kernel.must("keypairs.create", { name: "before", spec: "ed25519" });
    const older = readFileSync(log);
    await kernel.app.close("closing");
    writeFileSync(log, older);
    expect(await warnings(vault)).toEqual(["database-changed"]);
    expect(await warnings(vault)).toEqual([]);
  });

  it("V02 D22 a password that was changed and whose trace a crash took along is told of", async () => {
    const vault = copy("untraced");
    const cut = folder.at("untraced-copy");
    await using kernel = new Kernel(vault);
    await kernel.unlock();
    cpSync(vault, cut, { recursive: true });
    rmSync(join(cut, "vault.holder.json"), { force: true });
    await kernel.must("vault.changePassword", { currentPassword: OWNER.password, newPassword: NEXT });
    copyFileSync(headerFile(vault), headerFile(cut));
    expect(await warnings(cut, NEXT)).toEqual(["other-ways-in", "not-locked"]);
  });

  it("P15 D22 a private key is on record before its file is there", async () => {
    await using kernel = new Kernel(copy("key-file"));
    await kernel.unlock();
    const { keypair } = await kernel.must("keypairs.create", { name: "out", spec: "ed25519" });
    const file = { format: "openssh", passphrase: "a passphrase of some length" };
    await kernel.must("keypairs.exportPrivateKey", { ids: [keypair.id], file });
    const { traces } = await kernel.must("audit.list", { limit: 2 });
    expect(traces.map((trace: { name: string }) => trace.name)).toEqual(["exportPrivateKey", "writePrivateKeyFile"]);
    expect(traces[1]).toMatchObject({ operation: "keypairs.exportPrivateKey", resourceName: "out" });
    expect(JSON.stringify(traces)).not.toContain("a passphrase of some length");
  });
});

describe("refusals while locked", () => {
  it("V02 A01 each kind is traced with its count and times, and many of one kind drown no other", async () => {
    await using kernel = new Kernel(copy("drowned"));
    for (let knock = 0; knock < 1200; knock++) await kernel.code("no.such");
    for (let guess = 0; guess < 2; guess++) await kernel.code("vault.unlock", { password: "not the password" });
    expect(statSync(join(kernel.folder, "vault.failures.jsonl")).size).toBeLessThan(80_000);
    const { warnings: told } = await kernel.must("vault.unlock", { password: OWNER.password });
    expect(told).toMatchObject([{ code: "failed-unlocks", message: expect.stringMatching(/^2 attempts/) }]);
    const { traces } = await kernel.must("audit.list", { name: "refusedWhileLocked", limit: 10 });
    const counts = traces.map((trace: { operation: string; code: string; answer: string }) => [
      trace.operation,
      trace.code,
      JSON.parse(trace.answer).count,
    ]);
    expect(counts).toContainEqual(["unknown", "request/unknown-operation", 1200]);
    expect(counts).toContainEqual(["vault.unlock", "vault/wrong-password", 2]);
    expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
  });

  it.each<[string, (note: string) => void]>([
    ["a folder", (note) => mkdirSync(note)],
    ["five gigabytes", (note) => writeFileSync(note, "", { flag: "w" })],
    ["nonsense", (note) => writeFileSync(note, '{"time":"x"}\n\u0000\n[]\nnull\n')],
  ])("V02 %s in place of the note keeps nobody out, and is told of", async (kind, put) => {
    await using kernel = new Kernel(copy(`note-${kind}`));
    const note = join(kernel.folder, "vault.failures.jsonl");
    put(note);
    if (kind === "five gigabytes") {
      const { truncateSync } = await import("node:fs");
      truncateSync(note, 5 * 2 ** 30);
    }
    const { warnings: told } = await kernel.must("vault.unlock", { password: OWNER.password });
    expect(told).toMatchObject([{ code: "failed-unlocks", message: expect.stringContaining("cannot be read") }]);
    expect(kernel.bugs).toEqual([]);
  });

  it("V02 somebody's own password gives no new free tries at another's", async () => {
    const vault = copy("two-guess");
    const password = "mallory has a password 77";
    await addUser(vault, OWNER.password, { userName: "mallory", password, actions: [] });
    await using kernel = new Kernel(vault);
    await kernel.must("vault.unlock", { userName: "mallory", password });
    const codes: string[] = [];
    for (let guess = 0; guess < 4; guess++) {
      codes.push(await kernel.code("vault.unlock", { userName: OWNER.userName, password: `guess ${guess}` }));
      if (guess < 3) await kernel.code("vault.confirm", { password });
    }
    expect(codes).toEqual([...Array(3).fill("vault/wrong-password"), "access/too-many-attempts"]);
  });

  it("A01 the one who unlocks is the operator, whoever was logged in at this door before", async () => {
    const vault = copy("two-operators");
    const password = "mallory has a password 77";
    await addUser(vault, OWNER.password, { userName: "mallory", password, actions: [] });
    await using kernel = new Kernel(vault);
    await kernel.must("vault.unlock", { userName: "mallory", password });
    await kernel.unlock();
    const { traces } = await kernel.must("audit.list", { name: "unlockVault", limit: 2 });
    expect(traces.map((trace: { operatorName: string }) => trace.operatorName)).toEqual([OWNER.userName, "mallory"]);
  });
});

describe.skipIf(process.platform !== "linux")("an unlock that fails", () => {
  it("V02 leaves no file open behind it, and the same process opens the mended vault", async () => {
    const vault = copy("damaged-page");
    const good = readFileSync(databaseFile(vault));
    const open = () =>
      readdirSync("/proc/self/fd").filter((name) => {
        try {
          return readlinkSync(`/proc/self/fd/${name}`).startsWith(databaseFile(vault));
        } catch {
          return false;
        }
      });
    let refused = 0;
    for (let page = 1; page < good.length / 4096; page++) {
      const bytes = Buffer.from(good);
      bytes[page * 4096 + 100] = (bytes[page * 4096 + 100] ?? 0) ^ 1;
      writeFileSync(databaseFile(vault), bytes);
      await using kernel = new Kernel(vault);
      if ((await kernel.code("vault.unlock", { password: OWNER.password })) === "ok") break;
      refused += 1;
      expect(open()).toEqual([]);
      writeFileSync(databaseFile(vault), good);
      if (page === 1) expect(await kernel.code("vault.unlock", { password: OWNER.password })).toBe("ok");
      if (page === 1) break;
    }
    expect(refused).toBeGreaterThan(0);
  });
});
