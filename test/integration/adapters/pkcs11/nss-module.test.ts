import { createHash, createPublicKey, verify } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TokenModule } from "#main/features/tokens/token-port.ts";
import { type NssToken, nssUnavailable, startNss } from "#test/support/tokens/nss.ts";
import { at } from "#test/support/tokens/token-now.ts";
import { closeModules, failureOf, modulesWith, P256, pairTemplates, pin } from "./open-tokens.ts";

// What is only true of SoftHSM shows here: another log-in state machine, other parameters, other attributes.
describe.skipIf(nssUnavailable() !== undefined)("NSS softokn", () => {
  let nss: NssToken;
  let module: TokenModule;

  beforeEach(async () => {
    nss = await startNss();
    module = await modulesWith().open(nss.module, { libraryParameters: nss.libraryParameters });
  });
  afterEach(async () => {
    await closeModules();
    await nss.dispose();
  });

  const makeKey = () =>
    module.generateKeyPair(
      nss.slotId,
      { name: "CKM_EC_KEY_PAIR_GEN" },
      ...pairTemplates("nss key", Buffer.from("c3", "hex"), { CKA_EC_PARAMS: P256 }),
    );

  it("H01 H02 starts with its own parameters and shows the token that holds keys", async () => {
    expect(module.info.manufacturer).toContain("Mozilla");
    const slot = (await module.slots()).find(({ slotId }) => slotId === nss.slotId);
    expect(slot?.token).toMatchObject({ label: nss.label });
    expect(slot?.token?.flags).toEqual(expect.arrayContaining(["LOGIN_REQUIRED", "USER_PIN_INITIALIZED"]));
  });

  it("H05 C11 logs in once and again, refuses a wrong PIN, and changes it", async () => {
    const wrong = await failureOf(module.logIn(await at(module, nss.slotId), "user", pin("wrong-pin")));
    expect(wrong).toMatchObject({ code: "tokens/pin-incorrect", details: { ckr: "CKR_PIN_INCORRECT" } });
    await module.logIn(await at(module, nss.slotId), "user", pin(nss.userPin));
    await module.logIn(await at(module, nss.slotId), "user", pin(nss.userPin));
    expect(await module.loggedIn(nss.slotId)).toBe("user");
    expect((await failureOf(module.logIn(await at(module, nss.slotId), "user", pin("wrong-pin")))).code).toBe(
      "tokens/pin-incorrect",
    );
    await module.logIn(await at(module, nss.slotId), "user", pin(nss.userPin));
    await module.logOut(nss.slotId);
    expect(await module.loggedIn(nss.slotId)).toBeUndefined();
    await module.setPin(await at(module, nss.slotId), "user", pin(nss.userPin), pin("other-pin-2"));
    await module.logOut(nss.slotId);
    expect((await failureOf(module.logIn(await at(module, nss.slotId), "user", pin(nss.userPin)))).code).toBe(
      "tokens/pin-incorrect",
    );
    await module.logIn(await at(module, nss.slotId), "user", pin("other-pin-2"));
  });

  it("H04 wipes the token by C_InitToken with the empty SO PIN it has, and sets a first user PIN", async () => {
    await module.logIn(await at(module, nss.slotId), "user", pin(nss.userPin));
    await makeKey();
    await module.initToken(await at(module, nss.slotId), pin(""), nss.label);
    await module.logIn(await at(module, nss.slotId), "so", pin(""));
    await module.initPin(await at(module, nss.slotId), pin("first-pin-1"));
    await module.logIn(await at(module, nss.slotId), "user", pin("first-pin-1"));
    expect(await module.find(nss.slotId, { CKA_CLASS: 3 }, [])).toEqual([]);
  });

  it("H07 P21 makes a key that certutil sees and signs what node verifies", async () => {
    await module.logIn(await at(module, nss.slotId), "user", pin(nss.userPin));
    const { publicKey, privateKey } = await makeKey();
    const { CKA_EC_POINT: point } = await module.read(nss.slotId, publicKey, ["CKA_EC_POINT"]);
    const raw = (point as Buffer).subarray(-64);
    const jwk = { kty: "EC", crv: "P-256", x: raw.toString("base64url", 0, 32), y: raw.toString("base64url", 32) };
    const digest = createHash("sha256").update("m").digest();
    const [signature = Buffer.alloc(0)] = await module.sign(nss.slotId, { name: "CKM_ECDSA" }, privateKey, [digest]);
    const key = createPublicKey({ key: jwk, format: "jwk" });
    expect(verify("sha256", Buffer.from("m"), { key, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
    await module.close();
    expect((await nss.privateKeys()).join("\n")).toContain("nss key");
  });

  it("H06 H12 encrypts with AES-GCM in the form it knows and OAEP with SHA-256", async () => {
    await module.logIn(await at(module, nss.slotId), "user", pin(nss.userPin));
    const gcm = { name: "CKM_AES_GCM", parameter: { kind: "gcm", iv: Buffer.alloc(12, 1), tagBits: 128 } } as const;
    const aes = await module.generateKey(
      nss.slotId,
      { name: "CKM_AES_KEY_GEN" },
      { CKA_TOKEN: false, CKA_VALUE_LEN: 32, CKA_ENCRYPT: true, CKA_DECRYPT: true },
    );
    const sealed = await module.encrypt(nss.slotId, gcm, aes, Buffer.from("hello"));
    expect((await module.decrypt(nss.slotId, gcm, aes, sealed)).toString()).toBe("hello");
    const broken = Buffer.from(sealed).fill(0, 0, 1);
    expect((await failureOf(module.decrypt(nss.slotId, gcm, aes, broken))).details.call).toBe("C_Decrypt");
    const rsa = await module.generateKeyPair(
      nss.slotId,
      { name: "CKM_RSA_PKCS_KEY_PAIR_GEN" },
      { CKA_TOKEN: false, CKA_ENCRYPT: true, CKA_MODULUS_BITS: 2048, CKA_PUBLIC_EXPONENT: Buffer.of(1, 0, 1) },
      { CKA_TOKEN: false, CKA_PRIVATE: true, CKA_DECRYPT: true, CKA_SENSITIVE: true },
    );
    const oaep = { name: "CKM_RSA_PKCS_OAEP", parameter: { kind: "oaep", hash: "sha256" } } as const;
    const wrapped = await module.encrypt(nss.slotId, oaep, rsa.publicKey, Buffer.from("secret"));
    expect((await module.decrypt(nss.slotId, oaep, rsa.privateKey, wrapped)).toString()).toBe("secret");
  });

  it("H07 says that it has no Ed25519", async () => {
    await module.logIn(await at(module, nss.slotId), "user", pin(nss.userPin));
    const params = Buffer.from("130c656477617264733235353139", "hex");
    const make = module.generateKeyPair(
      nss.slotId,
      { name: "CKM_EC_EDWARDS_KEY_PAIR_GEN" },
      ...pairTemplates("no", Buffer.of(1), { CKA_EC_PARAMS: params }),
    );
    expect((await failureOf(make)).code).toBe("tokens/mechanism-missing");
  });
});
