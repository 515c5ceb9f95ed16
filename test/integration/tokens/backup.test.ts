import { readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { newKeyId } from "#main/features/tokens/key-id.ts";
import { generationsOf } from "#main/features/tokens/templates.ts";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { pkcs11Tool } from "#test/support/tokens/pkcs11-tool.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { at } from "#test/support/tokens/token-now.ts";
import { TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-backup");
const unavailable = softHsmUnavailable();
let bench: TokenBench;
let here: TokenView;
let there: TokenView;
let wrapping: TokenObject;
let received: TokenObject;

async function generate(id: string, spec: string, label: string, more: object = {}): Promise<readonly TokenObject[]> {
  return (await bench.kernel.must("tokens.generateKey", { id, spec, label, ...more })).objects;
}
const own = (objects: readonly TokenObject[]): TokenObject => {
  const found = objects.find((object) => object.class === "private-key" || object.class === "secret-key");
  if (found === undefined) throw new Error("no key");
  return found;
};
/** A key pair for receiving that another program has made, without saying that its private half is a secret. */
async function makeReadable(tokenLabel: string, label: string): Promise<void> {
  const modules = createTokenModules({ startProcess: nodeProcess(bench.hsm.env) });
  try {
    const module = await modules.open(bench.hsm.module);
    const slotId = (await module.slots()).find((slot) => slot.token?.label === tokenLabel)?.slotId ?? "";
    await module.logIn(await at(module, slotId), "user", SecretBytes.fromText(USER_PIN));
    const wish = { spec: "rsa-2048", label, keyId: newKeyId(), extractable: false, purpose: "wrap" } as const;
    const [form] = generationsOf(wish);
    if (form.kind !== "pair") throw new Error("a pair was expected");
    const own = { ...form.privateTemplate, CKA_SENSITIVE: false };
    await module.generateKeyPair(slotId, form.mechanism, form.publicTemplate, own);
  } finally {
    await modules.closeAll();
  }
}
const backUp = (ref: string, wrappingRef = wrapping.ref) =>
  bench.kernel.must("tokens.backUpKey", { id: here.id, ref, wrappingRef, folder: folder.path });
const restore = (path: string, wrappingRef = received.ref, id = there.id) => ({ id, wrappingRef, path });

beforeAll(async () => {
  if (unavailable !== undefined) return;
  bench = await TokenBench.open((await vaultTemplate(folder))("backup"));
  here = await bench.made("Here");
  there = await bench.made("There");
  wrapping = own(await generate(here.id, "aes-256", "wrap all", { purpose: "wrap", extractable: true }));
  const receiver = own(await generate(there.id, "rsa-2048", "receiver", { purpose: "wrap" }));
  const move = { id: here.id, ref: wrapping.ref, toId: there.id, toRef: receiver.ref };
  expect(await bench.kernel.code("tokens.transferWrappingKey", move)).toBe("tokens/hash-not-supported");
  received = (await bench.kernel.must("tokens.transferWrappingKey", { ...move, acceptSha1: true })).object;
});
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe.skipIf(unavailable !== undefined)("backup and restore between two tokens", () => {
  it("H09 C42 C47 the wrapping key arrives as the same key, and as one that was not made there", () => {
    expect(received).toMatchObject({
      label: "wrap all",
      keyId: wrapping.keyId,
      local: false,
      sensitive: true,
    });
    expect([...received.uses].sort()).toEqual(["unwrap", "wrap"]);
  });

  it.each(["rsa-2048", "ecdsa-p256", "ecdsa-p384"])(
    "H09 a %s key signs on the other token for the same public key",
    async (spec) => {
      const label = `moving ${spec}`;
      const objects = await generate(here.id, spec, label, { extractable: true });
      const key = own(objects);
      const { path, mechanism } = await backUp(key.ref);
      expect(mechanism).toBe("CKM_AES_KEY_WRAP_PAD");
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const { objects: back, proof } = await bench.kernel.must("tokens.restoreKey", restore(path));
      expect(proof).toContain("signed on “There”");
      expect(back.map((object: TokenObject) => object.class).sort()).toEqual(["private-key", "public-key"]);
      expect(own(back)).toMatchObject({
        label,
        keyId: key.keyId,
        fingerprint: key.fingerprint,
        sensitive: true,
        local: false,
      });
      const seen = await pkcs11Tool({ ...bench.hsm, label: "There", pin: USER_PIN }).objects();
      expect(seen.filter((object) => object.id === key.keyId)).toHaveLength(2);
      expect(await bench.kernel.code("tokens.restoreKey", restore(path))).toBe("tokens/object-ambiguous");
      expect(
        await bench.kernel.code("tokens.backUpKey", {
          id: here.id,
          ref: key.ref,
          wrappingRef: wrapping.ref,
          folder: folder.path,
        }),
      ).toBe("files/exists");
    },
  );

  it("H09 an AES key comes back with the same check value", async () => {
    const key = own(await generate(here.id, "aes-192", "data", { extractable: true }));
    const { path } = await backUp(key.ref);
    const { objects, proof } = await bench.kernel.must("tokens.restoreKey", restore(path));
    expect(own(objects)).toMatchObject({ keyType: "AES", keyId: key.keyId, local: false });
    expect(proof).toContain(JSON.parse(readFileSync(path, "utf8")).key.check);
  });

  it("H09 another wrapping key can be backed up and restored by the first", async () => {
    const key = own(await generate(here.id, "aes-256", "second wrapper", { purpose: "wrap", extractable: true }));
    const { path } = await backUp(key.ref);
    const { objects } = await bench.kernel.must("tokens.restoreKey", restore(path));
    expect([...own(objects).uses].sort()).toEqual(["unwrap", "wrap"]);
  });

  it("H09 a kind of key that the token does not wrap says so too, whatever its attributes promise", async () => {
    const key = own(await generate(here.id, "ed25519", "promised", { extractable: true }));
    expect(key.extractable).toBe(true);
    const ask = { id: here.id, ref: key.ref, wrappingRef: wrapping.ref, folder: folder.path };
    expect(await bench.kernel.reply("tokens.backUpKey", ask)).toMatchObject({
      ok: false,
      error: { code: "tokens/key-stays", message: expect.stringContaining("does not wrap keys of its kind (Ed25519)") },
    });
  });

  it("H09 a key that came by a transfer or a restore can be backed up again", async () => {
    const receiver = own(await generate(here.id, "rsa-2048", "receiver here", { purpose: "wrap" }));
    const fresh = own(await generate(there.id, "aes-256", "from there", { purpose: "wrap", extractable: true }));
    const move = { id: there.id, ref: fresh.ref, toId: here.id, toRef: receiver.ref, acceptSha1: true };
    const { object } = await bench.kernel.must("tokens.transferWrappingKey", move);
    const { path } = await backUp(object.ref);
    await bench.kernel.must("tokens.deleteObject", { id: there.id, ref: fresh.ref, confirm: "from there" });
    expect(await bench.kernel.code("tokens.restoreKey", restore(path))).toBe("ok");
  });

  it("H09 a key that cannot leave says so, and nothing is written", async () => {
    const key = own(await generate(here.id, "ecdsa-p256", "stays"));
    const reply = await bench.kernel.reply("tokens.backUpKey", {
      id: here.id,
      ref: key.ref,
      wrappingRef: wrapping.ref,
      folder: folder.path,
    });
    expect(reply).toMatchObject({
      ok: false,
      error: { code: "tokens/key-stays", message: expect.stringContaining("never to leave") },
    });
    expect(() => statSync(folder.at("stays.keystead-backup.json"))).toThrow();
    const still = own(await generate(here.id, "aes-256", "stays too", { purpose: "wrap" }));
    const receiver = own(await generate(there.id, "rsa-2048", "receiver two", { purpose: "wrap" }));
    expect(
      await bench.kernel.code("tokens.transferWrappingKey", {
        id: here.id,
        ref: still.ref,
        toId: there.id,
        toRef: receiver.ref,
        acceptSha1: true,
      }),
    ).toBe("tokens/key-stays");
  });

  it("H09 refuses a wrapping key that is none, and one that would wrap itself", async () => {
    const key = own(await generate(here.id, "aes-256", "plain", { extractable: true }));
    const ask = (ref: string, wrappingRef: string) =>
      bench.kernel.code("tokens.backUpKey", { id: here.id, ref, wrappingRef, folder: folder.path });
    expect(await ask(wrapping.ref, key.ref)).toBe("tokens/not-permitted");
    expect(await ask(wrapping.ref, wrapping.ref)).toBe("tokens/not-permitted");
    expect(await ask("secret-key:00:nothing", wrapping.ref)).toBe("tokens/object-not-found");
  });

  it("H09 tells another wrapping key from a file that was changed, and restores neither", async () => {
    const key = own(await generate(here.id, "ecdsa-p256", "guarded", { extractable: true }));
    const { path } = await backUp(key.ref);
    const other = own(await generate(there.id, "aes-256", "other wrapper", { purpose: "wrap", extractable: true }));
    expect(await bench.kernel.code("tokens.restoreKey", restore(path, other.ref))).toBe("tokens/backup-wrong-key");
    expect(await bench.kernel.must("tokens.describeBackup", { path })).toMatchObject({
      key: { class: "private-key", label: "guarded", keyId: key.keyId },
      from: { label: "Here", serial: here.serial },
      wrappedBy: { kind: "key", label: "wrap all", keyId: wrapping.keyId },
    });
    const file = JSON.parse(readFileSync(path, "utf8"));
    const changes: readonly object[] = [
      { key: { ...file.key, label: "guarde" } },
      { key: { ...file.key, uses: ["sign", "decrypt"] } },
      {
        wrapped: Buffer.from(
          Buffer.from(file.wrapped, "base64").map((byte, at) => (at === 9 ? byte ^ 1 : byte)),
        ).toString("base64"),
      },
      { from: { ...file.from, serial: "0" } },
      { seal: file.wrapped },
    ];
    for (const [index, change] of changes.entries()) {
      const changed = folder.at(`changed-${index}.json`);
      writeFileSync(changed, JSON.stringify({ ...file, ...change }));
      expect(await bench.kernel.code("tokens.restoreKey", restore(changed))).toBe("tokens/backup-unreadable");
    }
    for (const [index, text] of [
      "",
      "{}",
      "[]",
      "null",
      `${"x".repeat(300_000)}`,
      JSON.stringify({ ...file, more: 1 }),
    ].entries()) {
      const broken = folder.at(`broken-${index}.json`);
      writeFileSync(broken, text);
      expect(await bench.kernel.code("tokens.restoreKey", restore(broken))).toBe("tokens/backup-unreadable");
    }
    expect(await bench.kernel.code("tokens.restoreKey", restore(folder.at("nowhere")))).toBe(
      "tokens/backup-unreadable",
    );
    expect(await bench.kernel.code("tokens.describeBackup", { path: folder.at("nowhere") })).toBe(
      "tokens/backup-unreadable",
    );
    const { objects } = await bench.kernel.must("tokens.listObjects", { id: there.id });
    expect(objects.filter((object: TokenObject) => object.keyId === key.keyId)).toEqual([]);
    // Written in another order of fields it is the same backup.
    const reordered = folder.at("reordered.json");
    writeFileSync(reordered, JSON.stringify(Object.fromEntries(Object.entries(file).reverse())));
    expect(await bench.kernel.code("tokens.restoreKey", restore(reordered))).toBe("ok");
  });

  it("C46 C47 sends a wrapping key only to an RSA key that was made there to receive one and never leaves", async () => {
    const ask = (toRef: string) =>
      bench.kernel.code("tokens.transferWrappingKey", {
        id: here.id,
        ref: wrapping.ref,
        toId: there.id,
        toRef,
        acceptSha1: true,
      });
    const signing = own(await generate(there.id, "rsa-2048", "signing"));
    expect(await ask(signing.ref)).toBe("tokens/not-permitted");
    const leaving = own(await generate(there.id, "rsa-2048", "leaving", { purpose: "wrap", extractable: true }));
    expect(await ask(leaving.ref)).toBe("tokens/not-permitted");
    await makeReadable("There", "once readable");
    const { objects } = await bench.kernel.must("tokens.listObjects", { id: there.id });
    const readable = own(objects.filter((object: TokenObject) => object.label === "once readable"));
    expect(readable).toMatchObject({ local: true, neverExtractable: true, alwaysSensitive: false });
    expect(await ask(readable.ref)).toBe("tokens/not-permitted");
    // Made by another tool, to do everything.
    const witness = pkcs11Tool({ ...bench.hsm, label: "There", pin: USER_PIN });
    await witness.generateKeyPair("rsa:2048", "0d0e", "everything");
    await bench.kernel.must("tokens.restartModule", { id: bench.moduleId });
    for (const { id } of [here, there]) await bench.kernel.must("tokens.logIn", { id, pin: USER_PIN });
    const { objects: all } = await bench.kernel.must("tokens.listObjects", { id: there.id });
    const everything = own(all.filter(({ keyId }: TokenObject) => keyId === "0d0e"));
    expect(everything.uses).toEqual(expect.arrayContaining(["decrypt", "unwrap"]));
    expect(await ask(everything.ref)).toBe("tokens/not-permitted");
    expect(
      await bench.kernel.code("tokens.transferWrappingKey", {
        id: here.id,
        ref: wrapping.ref,
        toId: here.id,
        toRef: signing.ref,
      }),
    ).toBe("request/invalid-params");
  });

  it("H09 leaves nothing of this session on either token, and no bug", async () => {
    for (const { label } of [here, there]) {
      const objects = await pkcs11Tool({ ...bench.hsm, label, pin: USER_PIN }).objects();
      expect(objects.filter((object) => object.label.startsWith("keystead-"))).toEqual([]);
    }
    expect(bench.kernel.bugs).toEqual([]);
  });
});
