import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import type { DoctorReport, TokenObject, TokenView } from "#shared/models/token.ts";
import { Kernel, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { type NssToken, nssUnavailable, startNss } from "#test/support/tokens/nss.ts";

const unavailable = nssUnavailable();
const folder = new TestFolder("tokens-nss");
let kernel: Kernel;
let nss: NssToken;
let moduleId: string;
let token: TokenView;

beforeAll(async () => {
  if (unavailable !== undefined) return;
  nss = await startNss();
  kernel = new Kernel((await vaultTemplate(folder))("nss"), { tokenModules: () => createTokenModules() });
  await kernel.unlock();
  const { module: path, libraryParameters } = nss;
  moduleId = (await kernel.must("tokens.addModule", { path, libraryParameters, name: "NSS" })).id;
  const { tokens } = await kernel.must("tokens.list");
  token = tokens.find((each: TokenView) => each.label === nss.label);
  await kernel.must("tokens.logIn", { id: token.id, pin: nss.userPin });
});
afterAll(async () => {
  await kernel?.[Symbol.asyncDispose]();
  await nss?.dispose();
  folder[Symbol.dispose]();
});

const generate = async (spec: string, label: string, more: object = {}): Promise<readonly TokenObject[]> =>
  (await kernel.must("tokens.generateKey", { id: token.id, spec, label, ...more })).objects;
const own = (objects: readonly TokenObject[]): TokenObject => {
  const found = objects.find((object) => object.class === "private-key" || object.class === "secret-key");
  if (found === undefined) throw new Error("no key");
  return found;
};

describe.skipIf(unavailable !== undefined)("NSS, another dialect", () => {
  it("H02 C31 shows its two slots as two tokens, though their serials are one", async () => {
    const { tokens } = await kernel.must("tokens.list");
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens.map((each: TokenView) => each.serial)).size).toBe(1);
    expect(new Set(tokens.map((each: TokenView) => each.id)).size).toBe(2);
    expect(tokens.filter((each: TokenView) => each.loggedIn === "user")).toMatchObject([{ id: token.id }]);
  });

  it("H07 H10 makes keys, and signs a request that openssl verifies", async () => {
    for (const spec of ["rsa-2048", "ecdsa-p256", "ecdsa-p384"]) {
      const key = own(await generate(spec, `nss ${spec}`));
      expect(key).toMatchObject({ sensitive: true, extractable: false });
      const ask = { id: token.id, ref: key.ref, subject: "CN=nss" };
      const { pem } = await kernel.must("tokens.requestCertificate", ask);
      const file = folder.at(`${spec}.csr`);
      writeFileSync(file, pem);
      const said = spawnSync("openssl", ["req", "-in", file, "-noout", "-verify"], { encoding: "utf8" });
      expect(said.stderr).toContain("verify OK");
    }
    expect(await nss.privateKeys()).toHaveLength(3);
    expect(await kernel.code("tokens.generateKey", { id: token.id, spec: "ed25519", label: "no" })).toBe(
      "tokens/mechanism-missing",
    );
  });

  it("H07 renames both halves and deletes them", async () => {
    const key = own(await generate("ecdsa-p256", "before"));
    const { objects } = await kernel.must("tokens.renameObject", { id: token.id, ref: key.ref, label: "after" });
    expect(objects.map((object: TokenObject) => object.label)).toEqual(["after", "after"]);
    const ref = own(objects).ref;
    expect((await kernel.must("tokens.deleteObject", { id: token.id, ref, confirm: "after" })).deleted).toHaveLength(2);
  });

  it("H01 C42 C43 is another patient for the doctor: OAEP with SHA-256, two paddings under their own numbers", async () => {
    const report: DoctorReport = await kernel.must("tokens.diagnoseModule", { id: moduleId, tokenId: token.id });
    const probes = Object.fromEntries(report.probes.map((probe) => [probe.name, probe]));
    expect(probes["RSA-OAEP with SHA-256"]).toMatchObject({ outcome: "works" });
    expect(probes["AES-256-GCM"]).toMatchObject({ outcome: "works" });
    expect(probes["ECDH P-256"]).toMatchObject({ outcome: "works" });
    expect(probes["ECDSA, hashed on the token"]).toMatchObject({ outcome: "works" });
    expect(probes["Ed25519 signature"]).toMatchObject({ outcome: "not-listed" });
    expect(probes["AES key wrap CKM_AES_KEY_WRAP_PAD"]).toMatchObject({
      outcome: "works",
      detail: expect.stringContaining("PKCS #7"),
    });
    expect(probes["AES key wrap CKM_AES_KEY_WRAP_KWP"]).toMatchObject({
      outcome: "works",
      detail: expect.stringContaining("RFC 5649"),
    });
  });

  it("H09 backs an AES key up and restores it, proved by its check value", async () => {
    const wrapping = own(await generate("aes-256", "nss wrap", { purpose: "wrap", extractable: true }));
    const key = own(await generate("aes-256", "nss data", { extractable: true }));
    const { path, mechanism } = await kernel.must("tokens.backUpKey", {
      id: token.id,
      ref: key.ref,
      wrappingRef: wrapping.ref,
      folder: folder.path,
    });
    expect(mechanism).toBe("CKM_AES_KEY_WRAP_KWP");
    await kernel.must("tokens.deleteObject", { id: token.id, ref: key.ref, confirm: "nss data" });
    const { proof } = await kernel.must("tokens.restoreKey", { id: token.id, wrappingRef: wrapping.ref, path });
    expect(proof).toContain("check value");
  });

  it.each(["aes-256", "rsa-2048"])(
    "H09 D29 backs an %s key up to shares and restores it from them, proved by using it",
    async (spec) => {
      const label = `nss shared ${spec}`;
      const key = own(await generate(spec, label, { extractable: true }));
      const wish = { id: token.id, ref: key.ref, threshold: 2, shares: 2, folder: folder.path };
      const { ceremonyId, path, mechanism } = await kernel.must("tokens.backUpKeyToShares", wish);
      expect(mechanism).toBe("CKM_AES_KEY_WRAP_KWP");
      const shares: string[] = [];
      for (const custodian of ["Ann", "Ben"]) {
        const { lines } = await kernel.must("tokens.revealShare", { ceremonyId, custodian });
        shares.push(lines.join("\n"));
        await kernel.must("tokens.confirmShare", { ceremonyId, share: shares.at(-1) });
      }
      await kernel.must("tokens.deleteObject", { id: token.id, ref: key.ref, confirm: label });
      const { proof } = await kernel.must("tokens.restoreKeyFromShares", { id: token.id, path, shares });
      expect(proof).toMatch(/check value|signed on/);
    },
  );

  it("H09 C46 tries the restore before a share or a file exists: NSS wraps EC keys and does not take them back", async () => {
    const key = own(await generate("ecdsa-p256", "one way", { extractable: true }));
    const wrapping = own(await generate("aes-256", "nss wraps once", { purpose: "wrap", extractable: true }));
    const wish = { id: token.id, ref: key.ref, folder: folder.path };
    for (const [name, params] of [
      ["tokens.backUpKeyToShares", { ...wish, threshold: 2, shares: 2 }],
      ["tokens.backUpKey", { ...wish, wrappingRef: wrapping.ref }],
    ] as const)
      expect(await kernel.reply(name, params)).toMatchObject({
        ok: false,
        error: { code: "tokens/mechanism-broken", message: expect.stringContaining("does not take it back") },
      });
    expect(existsSync(folder.at("one_way.keystead-backup.json"))).toBe(false);
    expect(existsSync(folder.at("one way.keystead-backup.json"))).toBe(false);
  });

  it("H04 C19 is not erased: it takes any SO PIN for that, and none but an empty one to be made ready again", async () => {
    const key = own(await generate("ecdsa-p256", "stays"));
    const form = { id: token.id, label: "New", soPin: "87654321", userPin: "nss-pin-2", confirm: nss.label };
    expect(await kernel.code("tokens.initialize", form)).toBe("tokens/not-permitted");
    const { objects } = await kernel.must("tokens.listObjects", { id: token.id });
    expect(objects.map((object: TokenObject) => object.ref)).toContain(key.ref);
  });

  it("H12 measures, and leaves no bug", async () => {
    const { figures } = await kernel.must("tokens.measure", { id: token.id, callers: 2, seconds: 0.2 });
    expect(figures).toHaveLength(10);
    for (const figure of figures) expect(figure).toMatchObject({ perSecond: expect.any(Number) });
    expect(kernel.bugs).toEqual([]);
  });
});
