import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { randomBytes } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { bodyOf, type SharesBody, type SharesFile } from "#main/features/tokens/backup-file.ts";
import { openSet, readShares } from "#main/features/tokens/share-rules.ts";
import { localSealOf } from "#main/features/tokens/share-wrapping-key.ts";
import { tokenAt } from "#main/features/tokens/token-identity.ts";
import { CKK, CKO } from "#main/features/tokens/token-numbers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { pkcs11Tool } from "#test/support/tokens/pkcs11-tool.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-backup-proved");
const unavailable = softHsmUnavailable();
let bench: TokenBench;
let here: TokenView;
let wrapping: TokenObject;

const witness = () => pkcs11Tool({ ...bench.hsm, label: "Here", pin: USER_PIN });
const objects = async (): Promise<readonly TokenObject[]> =>
  (await bench.kernel.must("tokens.listObjects", { id: here.id })).objects;
async function byId(keyId: string, kind = "secret-key"): Promise<TokenObject> {
  const found = (await objects()).find((object) => object.keyId === keyId && object.class === kind);
  if (found === undefined) throw new Error(`no ${kind} ${keyId}`);
  return found;
}
async function generate(spec: string, label: string, more: object = {}): Promise<TokenObject> {
  const made: readonly TokenObject[] = (
    await bench.kernel.must("tokens.generateKey", { id: here.id, spec, label, extractable: true, ...more })
  ).objects;
  const found = made.find((object) => object.class === "private-key" || object.class === "secret-key");
  if (found === undefined) throw new Error("no key");
  return found;
}
const USES = ["SIGN", "VERIFY", "ENCRYPT", "DECRYPT", "WRAP", "UNWRAP", "DERIVE"];
/** An AES key as another program may make it: in a process of its own, with the uses that are named and no others. */
async function foreign(keyId: string, label: string, uses: readonly string[], more: object = {}): Promise<TokenObject> {
  const modules = createTokenModules({ environment: bench.hsm.env });
  try {
    const module = await modules.open(bench.hsm.module);
    const slot = (await module.slots()).find(({ token }) => token?.label === "Here");
    if (slot?.token === undefined) throw new Error("no token");
    const { slotId } = slot;
    using pin = SecretBytes.fromText(USER_PIN);
    await module.logIn(tokenAt({ slot, info: slot.token }), "user", pin);
    const guarded = { CKA_PRIVATE: true, CKA_SENSITIVE: true, CKA_EXTRACTABLE: true };
    await module.createObject(slotId, {
      ...{ CKA_CLASS: CKO.secretKey, CKA_KEY_TYPE: CKK.aes, CKA_TOKEN: true, ...guarded },
      ...{ CKA_LABEL: label, CKA_ID: Buffer.from(keyId, "hex"), CKA_VALUE: randomBytes(32) },
      ...Object.fromEntries(USES.map((use) => [`CKA_${use}`, uses.includes(use.toLowerCase())])),
      ...more,
    });
  } finally {
    await modules.closeAll();
  }
  return byId(keyId);
}
const ask = (ref: string, wrappingRef = wrapping.ref) => ({ id: here.id, ref, wrappingRef, folder: folder.path });
const byShares = (ref: string) => ({ id: here.id, ref, threshold: 2, shares: 2, folder: folder.path });
const files = () => readdirSync(folder.path).filter((name) => name.endsWith(".keystead-backup.json"));
const remove = ({ ref, label }: TokenObject) =>
  bench.kernel.must("tokens.deleteObject", { id: here.id, ref, confirm: label });

async function handOut(ref: string): Promise<{ readonly path: string; readonly shares: string[] }> {
  const { ceremonyId, path } = await bench.kernel.must("tokens.backUpKeyToShares", byShares(ref));
  const shares: string[] = [];
  for (const custodian of ["Ann", "Ben"]) {
    const { lines } = await bench.kernel.must("tokens.revealShare", { ceremonyId, custodian });
    shares.push(lines.join("\n"));
    await bench.kernel.must("tokens.confirmShare", { ceremonyId, share: shares.at(-1) });
  }
  return { path, shares };
}

beforeAll(async () => {
  if (unavailable !== undefined) return;
  bench = await TokenBench.open((await vaultTemplate(folder))("proved"));
  here = await bench.made("Here");
  wrapping = await generate("aes-256", "wrap all", { purpose: "wrap" });
});
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe.skipIf(unavailable !== undefined)("a backup is one that has been restored once", () => {
  it("H09 C46 writes nothing when the token does not take the key back, by either way", async () => {
    const key = await generate("ecdsa-p256", "one way");
    const before = files();
    for (const [name, params] of [
      ["tokens.backUpKey", ask(key.ref)],
      ["tokens.backUpKeyToShares", byShares(key.ref)],
    ] as const) {
      // SoftHSM takes back all that it wraps: a token that does not, as NSS with EC keys, says so at the first use at the latest.
      bench.ear.before("sign", async () => {
        throw new KeysteadError("tokens/not-permitted", "no", { ckr: "CKR_KEY_FUNCTION_NOT_PERMITTED" });
      });
      expect(await bench.kernel.reply(name, params)).toMatchObject({
        ok: false,
        error: { code: "tokens/mechanism-broken", message: expect.stringContaining("Nothing was written") },
      });
    }
    expect(files()).toEqual(before);
    expect((await objects()).filter((object) => object.keyId === key.keyId)).toHaveLength(2);
  });

  it("H09 an AES key that encrypts and wraps comes back with its uses, all of them and no others", async () => {
    const key = await foreign("b0b0", "both", ["sign", "encrypt", "decrypt", "wrap", "derive"]);
    expect(key.uses).toEqual(["sign", "encrypt", "decrypt", "wrap", "derive"]);
    const { path } = await bench.kernel.must("tokens.backUpKey", ask(key.ref));
    expect(JSON.parse(readFileSync(path, "utf8")).key).toMatchObject({ checkedBy: "encrypt" });
    await remove(key);
    await bench.kernel.must("tokens.restoreKey", { id: here.id, wrappingRef: wrapping.ref, path });
    const back = await byId("b0b0");
    expect(back.uses).toEqual(key.uses);
    await remove(back);
    const again = await foreign("b0b1", "half", ["verify", "wrap"]);
    const shared = await handOut(again.ref);
    await remove(again);
    await bench.kernel.must("tokens.restoreKeyFromShares", { id: here.id, ...shared });
    expect((await byId("b0b1")).uses).toEqual(again.uses);
  });

  it("H09 C46 refuses an AES key that nothing could prove, before anything is written", async () => {
    const key = await foreign("b0b2", "mute", ["decrypt", "unwrap", "sign"]);
    for (const [name, params] of [
      ["tokens.backUpKey", ask(key.ref)],
      ["tokens.backUpKeyToShares", byShares(key.ref)],
    ] as const)
      expect(await bench.kernel.reply(name, params)).toMatchObject({
        error: { code: "tokens/not-permitted", message: expect.stringContaining("neither encrypts nor wraps") },
      });
    expect(existsSync(folder.at("mute.keystead-backup.json"))).toBe(false);
  });

  it("H09 refuses a name that the file has no room for: of the key, and of the wrapping key", async () => {
    const long = await foreign("ab".repeat(70), "long id", ["encrypt"]);
    const wide = await foreign("ac".repeat(60), "W".repeat(300), ["wrap", "unwrap"]);
    const refused = {
      ok: false,
      error: { code: "tokens/not-permitted", message: expect.stringContaining("has room") },
    };
    for (const { ref } of [long, wide]) {
      expect(await bench.kernel.reply("tokens.backUpKey", ask(ref))).toMatchObject(refused);
      expect(await bench.kernel.reply("tokens.backUpKeyToShares", byShares(ref))).toMatchObject(refused);
    }
    const data = await generate("aes-256", "by a long one");
    expect(await bench.kernel.reply("tokens.backUpKey", ask(data.ref, wide.ref))).toMatchObject(refused);
    expect(existsSync(folder.at("by_a_long_one.keystead-backup.json"))).toBe(false);
  });

  it.each(["encrypt", "wrap"])(
    "H09 a file that does not name its check, of a key that does %s, still restores",
    async (use) => {
      const key = await generate("aes-256", `old ${use}`, { purpose: use === "wrap" ? "wrap" : "general" });
      const { path, shares } = await handOut(key.ref);
      const { seal: _seal, ...file } = JSON.parse(readFileSync(path, "utf8"));
      expect(file.key.checkedBy).toBe(use);
      const { checkedBy: _by, ...old } = file.key;
      const body: SharesBody = { ...file, key: old };
      const read = readShares(shares, body.wrappedBy);
      using secret = openSet(read, body.wrappedBy);
      const written: SharesFile = { ...body, seal: localSealOf(secret, body).toString("base64") };
      expect(bodyOf(written)).toEqual(body);
      writeFileSync(path, JSON.stringify(written));
      await remove(key);
      expect((await bench.kernel.must("tokens.restoreKeyFromShares", { id: here.id, path, shares })).proof).toContain(
        "check value",
      );
      expect((await byId(key.keyId)).uses).toEqual(key.uses);
    },
  );

  it("H09 C46 wraps no new backup by a key that guards nothing, and asks nothing of the kind when it restores", async () => {
    const data = await generate("aes-256", "precious");
    const uses = ["wrap", "unwrap"];
    const weak = [
      ["decrypts what it wraps", await foreign("c0c0", "decrypting", [...uses, "decrypt"])],
      ["read in clear", await foreign("c0c1", "clear", uses, { CKA_SENSITIVE: false })],
    ] as const;
    for (const [why, key] of weak)
      expect(await bench.kernel.reply("tokens.backUpKey", ask(data.ref, key.ref))).toMatchObject({
        ok: false,
        error: { code: "tokens/not-permitted", message: expect.stringContaining(why) },
      });
    expect(files().filter((name) => name.startsWith("precious"))).toEqual([]);
    const { path } = await bench.kernel.must("tokens.backUpKey", ask(data.ref));
    for (const [, key] of weak)
      expect(await bench.kernel.code("tokens.restoreKey", { id: here.id, wrappingRef: key.ref, path })).toBe(
        "tokens/backup-wrong-key",
      );
  });

  it("H09 does not wait for what somebody might write into a named pipe", async () => {
    const path = folder.at("pipe.keystead-backup.json");
    execFileSync("mkfifo", [path]);
    // Whoever opens it to read waits for a writer; this one comes late and in a process of its own.
    const late = spawn("sh", ["-c", 'sleep 3; echo "{}" 1<> "$0"', path], { stdio: "ignore" });
    const began = performance.now();
    expect(await bench.kernel.code("tokens.describeBackup", { path })).toBe("tokens/backup-unreadable");
    expect(performance.now() - began).toBeLessThan(2_000);
    late.kill();
  });

  it("H09 an RSA pair comes back with a public half that does what its private half undoes, and no more", async () => {
    const key = await generate("rsa-2048", "signing pair");
    const before = await byId(key.keyId, "public-key");
    const { path } = await bench.kernel.must("tokens.backUpKey", ask(key.ref));
    await remove(key);
    await bench.kernel.must("tokens.restoreKey", { id: here.id, wrappingRef: wrapping.ref, path });
    const after = await byId(key.keyId, "public-key");
    expect(after.uses).toEqual(before.uses);
    expect(after.uses).not.toContain("wrap");
  });

  it("H09 leaves nothing of this session on the token, and no bug", async () => {
    expect((await witness().objects()).filter((object) => object.label.startsWith("keystead-"))).toEqual([]);
    expect(bench.kernel.bugs).toEqual([]);
  });
});
