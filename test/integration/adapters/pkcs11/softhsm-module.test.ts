import { createHash, createPublicKey, verify } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TokenModule } from "#main/features/tokens/token-port.ts";
import { pkcs11Tool, witnessUnavailable } from "#test/support/tokens/pkcs11-tool.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";
import { at } from "#test/support/tokens/token-now.ts";
import { closeModules, failureOf, modulesWith, P256, pairTemplates, pin, slotOf } from "./open-tokens.ts";

const SO = "so-pin-1";
const USER = "user-pin-1";
const ID = Buffer.from("a1b2", "hex");
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

describe.skipIf(softHsmUnavailable() !== undefined || witnessUnavailable() !== undefined)("SoftHSM", () => {
  let hsm: SoftHsm;
  let module: TokenModule;

  beforeEach(async () => {
    hsm = await startSoftHsm();
    module = await modulesWith(hsm.env).open(hsm.module);
  });
  afterEach(async () => {
    await closeModules();
    await hsm.dispose();
  });

  const witness = (label: string) => pkcs11Tool({ module: hsm.module, env: hsm.env, label, pin: USER });

  /** A token with its user logged in. */
  async function loggedIn(label = "Alpha"): Promise<string> {
    await hsm.addToken(label, SO, USER);
    await module.restart();
    const { slotId } = await slotOf(module, label);
    await module.logIn(await at(module, slotId), "user", pin(USER));
    return slotId;
  }

  it("H01 tells what the library is and runs it in another process", async () => {
    expect(module.info).toMatchObject({ manufacturer: "SoftHSM", cryptokiVersion: "2.40" });
    expect([module.state, module.generation, module.path]).toEqual(["running", 1, hsm.module]);
  });

  it("H04 C18 C20 C21 initialises a token with a label of 32 bytes, sets the user PIN, and finds it again", async () => {
    const [fresh] = await module.slots();
    expect(fresh?.token?.flags).not.toContain("TOKEN_INITIALIZED");
    const slotId = fresh?.slotId ?? "";
    expect((await failureOf(module.random(slotId, 8))).code).toBe("tokens/not-initialized");
    await module.initToken(await at(module, slotId), pin(SO), "Schlüssel 🔑");
    const slot = await slotOf(module, "Schlüssel 🔑");
    expect(slot.token?.flags).not.toContain("USER_PIN_INITIALIZED");
    await module.logIn(await at(module, slot.slotId), "so", pin(SO));
    await module.initPin(await at(module, slot.slotId), pin(USER));
    await module.logIn(await at(module, slot.slotId), "user", pin(USER));
    expect(await module.loggedIn(slot.slotId)).toBe("user");
    expect((await slotOf(module, "Schlüssel 🔑")).token?.flags).toContain("USER_PIN_INITIALIZED");
    expect(await pkcs11Tool({ module: hsm.module, env: hsm.env }).slots()).toContain("Schlüssel 🔑");
  });

  it("H04 C18 initialises a token anew although we have a session on it and its user is logged in", async () => {
    const slotId = await loggedIn();
    const { privateKey } = await module.generateKeyPair(
      slotId,
      { name: "CKM_EC_KEY_PAIR_GEN" },
      ...pairTemplates("gone", ID, { CKA_EC_PARAMS: P256 }),
    );
    await module.initToken(await at(module, slotId), pin(SO), "Beta");
    const beta = await slotOf(module, "Beta");
    expect(await module.find(beta.slotId, {}, [])).toEqual([]);
    expect((await failureOf(module.read(beta.slotId, privateKey, ["CKA_LABEL"]))).code).toBe("tokens/object-not-found");
  });

  it("H04 C19 refuses another SO PIN on an initialised token and leaves it as it was", async () => {
    const slotId = await loggedIn();
    const error = await failureOf(module.initToken(await at(module, slotId), pin("wrong-so"), "Beta"));
    expect(error).toMatchObject({ code: "tokens/pin-incorrect", details: { call: "C_InitToken" } });
    expect((await slotOf(module, "Alpha")).token?.label).toBe("Alpha");
  });

  it("H05 C10 C11 has every PIN looked at, whoever is in, changes roles, and asks the token who is in", async () => {
    const slotId = await loggedIn();
    expect((await failureOf(module.logIn(await at(module, slotId), "user", pin("wrong-one")))).code).toBe(
      "tokens/pin-incorrect",
    );
    expect(await module.loggedIn(slotId)).toBeUndefined();
    await module.logIn(await at(module, slotId), "user", pin(USER));
    await module.logIn(await at(module, slotId), "user", pin(USER));
    expect(await module.loggedIn(slotId)).toBe("user");
    await module.logIn(await at(module, slotId), "so", pin(SO));
    expect(await module.loggedIn(slotId)).toBe("so");
    await module.logOut(slotId);
    await module.logOut(slotId);
    expect(await module.loggedIn(slotId)).toBeUndefined();
  });

  it("H05 names a wrong, a short and a missing PIN", async () => {
    const slotId = await loggedIn();
    await module.logOut(slotId);
    const wrong = await failureOf(module.logIn(await at(module, slotId), "user", pin("9999")));
    expect(wrong).toMatchObject({
      code: "tokens/pin-incorrect",
      details: { ckr: "CKR_PIN_INCORRECT", call: "C_Login" },
    });
    const short = await failureOf(module.setPin(await at(module, slotId), "user", pin(USER), pin("1")));
    expect(short.code).toBe("tokens/pin-length");
    const fresh = (await module.slots()).find((slot) => !slot.token?.flags.includes("TOKEN_INITIALIZED"))?.slotId ?? "";
    await module.initToken(await at(module, fresh), pin(SO), "Without user");
    const unset = await failureOf(
      module.logIn(await at(module, (await slotOf(module, "Without user")).slotId), "user", pin(USER)),
    );
    expect(unset.code).toBe("tokens/pin-not-set");
  });

  it("H05 changes the user's PIN and the security officer's, logged in or not", async () => {
    const slotId = await loggedIn();
    await module.setPin(await at(module, slotId), "user", pin(USER), pin("second-1"));
    expect(await module.loggedIn(slotId)).toBe("user");
    await module.logOut(slotId);
    await module.setPin(await at(module, slotId), "user", pin("second-1"), pin("third-11"));
    await module.setPin(await at(module, slotId), "so", pin(SO), pin("so-pin-22"));
    expect(await module.loggedIn(slotId)).toBeUndefined();
    await module.logIn(await at(module, slotId), "so", pin("so-pin-22"));
    await module.logIn(await at(module, slotId), "user", pin("third-11"));
    expect(
      (await failureOf(module.setPin(await at(module, slotId), "user", pin("wrong-one"), pin("x1234567")))).code,
    ).toBe("tokens/pin-incorrect");
  });

  it("H07 P21 makes EC, RSA and Ed25519 keys that the witness sees, and signatures that node verifies", async () => {
    const slotId = await loggedIn();
    const ed25519 = Buffer.from("130c656477617264733235353139", "hex");
    const rsa = { CKA_MODULUS_BITS: 2048, CKA_PUBLIC_EXPONENT: Buffer.of(1, 0, 1) };
    const cases = [
      ["CKM_EC_KEY_PAIR_GEN", "CKM_ECDSA", { CKA_EC_PARAMS: P256 }, "01"],
      ["CKM_RSA_PKCS_KEY_PAIR_GEN", "CKM_SHA256_RSA_PKCS", rsa, "02"],
      ["CKM_EC_EDWARDS_KEY_PAIR_GEN", "CKM_EDDSA", { CKA_EC_PARAMS: ed25519 }, "03"],
    ] as const;
    for (const [make, use, own, id] of cases) {
      const templates = pairTemplates(`key ${id}`, Buffer.from(id, "hex"), own);
      const pair = await module.generateKeyPair(slotId, { name: make }, ...templates);
      const message = use === "CKM_ECDSA" ? digest("m") : Buffer.from("m");
      const [signature = Buffer.alloc(0)] = await module.sign(slotId, { name: use }, pair.privateKey, [message]);
      expect(await module.verify(slotId, { name: use }, pair.publicKey, message, signature)).toBe(true);
      const other = Buffer.from(message).fill(1, 0, 1);
      expect(await module.verify(slotId, { name: use }, pair.publicKey, other, signature)).toBe(false);
      expect(await module.verify(slotId, { name: use }, pair.publicKey, message, signature.subarray(1))).toBe(false);
      if (id === "03") continue; // pkcs11-tool 0.23 cannot read SoftHSM's Ed25519 public keys out.
      const key = createPublicKey({ key: await witness("Alpha").read("pubkey", id), format: "der", type: "spki" });
      expect(verify("sha256", Buffer.from("m"), { key, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
    }
    const seen = (await witness("Alpha").objects()).filter(({ kind }) => kind.startsWith("Private"));
    expect(seen.map(({ label, id }) => [label, id]).sort()).toEqual([
      ["key 01", "01"],
      ["key 02", "02"],
      ["key 03", "03"],
    ]);
    for (const { access } of seen) expect(access).toEqual(expect.arrayContaining(["never extractable", "local"]));
  });

  it("H07 C47 reads what the token gives, leaves out what it keeps, and keeps each value's kind", async () => {
    const slotId = await loggedIn();
    const templates = pairTemplates("Größe", ID, { CKA_EC_PARAMS: P256 });
    const { privateKey } = await module.generateKeyPair(slotId, { name: "CKM_EC_KEY_PAIR_GEN" }, ...templates);
    const asked = [
      "CKA_CLASS",
      "CKA_LABEL",
      "CKA_ID",
      "CKA_VALUE",
      "CKA_SENSITIVE",
      "CKA_LOCAL",
      "CKA_EC_POINT",
      "CKA_KEY_TYPE",
    ];
    const given = await module.read(slotId, privateKey, asked);
    expect(given).toEqual({
      CKA_CLASS: 3,
      CKA_LABEL: "Größe",
      CKA_ID: ID,
      CKA_SENSITIVE: true,
      CKA_LOCAL: true,
      CKA_KEY_TYPE: 3,
    });
    const found = await module.find(slotId, { CKA_ID: ID, CKA_CLASS: 3 }, asked);
    expect(found).toEqual([{ handle: privateKey, attributes: given }]);
    expect(await module.find(slotId, { CKA_LABEL: "nothing" }, asked)).toEqual([]);
  });

  it("H07 lists 1,000 objects, each with what was asked for", async () => {
    const slotId = await loggedIn();
    for (let number = 0; number < 1000; number += 1) {
      await module.createObject(slotId, {
        CKA_CLASS: 0,
        CKA_TOKEN: false,
        CKA_LABEL: `object ${number}`,
        CKA_VALUE: Buffer.alloc(16),
      });
    }
    const asked = [
      "CKA_CLASS",
      "CKA_LABEL",
      "CKA_ID",
      "CKA_KEY_TYPE",
      "CKA_TOKEN",
      "CKA_PRIVATE",
      "CKA_SENSITIVE",
      "CKA_VALUE",
    ];
    const found = await module.find(slotId, {}, asked);
    expect(found).toHaveLength(1000);
    expect(found[999]?.attributes).toMatchObject({ CKA_CLASS: 0, CKA_VALUE: Buffer.alloc(16) });
  });

  it("H07 renames and deletes; a handle of a deleted object names nothing", async () => {
    const slotId = await loggedIn();
    const templates = pairTemplates("old", ID, { CKA_EC_PARAMS: P256 });
    const pair = await module.generateKeyPair(slotId, { name: "CKM_EC_KEY_PAIR_GEN" }, ...templates);
    await module.setAttributes(slotId, pair.publicKey, { CKA_LABEL: "new" });
    expect((await witness("Alpha").objects()).map(({ label }) => label).sort()).toEqual(["new", "old"]);
    await module.destroyObject(slotId, pair.privateKey);
    expect(await module.find(slotId, { CKA_CLASS: 3 }, [])).toEqual([]);
    expect((await failureOf(module.destroyObject(slotId, pair.privateKey))).code).toBe("tokens/object-not-found");
  });

  it("H06 C42 decrypts OAEP with SHA-1 and says that SHA-256 is what the token lacks", async () => {
    const slotId = await loggedIn();
    const pair = await module.generateKeyPair(
      slotId,
      { name: "CKM_RSA_PKCS_KEY_PAIR_GEN" },
      { CKA_TOKEN: true, CKA_ENCRYPT: true, CKA_MODULUS_BITS: 2048, CKA_PUBLIC_EXPONENT: Buffer.of(1, 0, 1) },
      { CKA_TOKEN: true, CKA_PRIVATE: true, CKA_DECRYPT: true, CKA_SENSITIVE: true, CKA_EXTRACTABLE: false },
    );
    const sha1 = { name: "CKM_RSA_PKCS_OAEP", parameter: { kind: "oaep", hash: "sha1" } } as const;
    const secret = Buffer.from("0123456789abcdef");
    const sealed = await module.encrypt(slotId, sha1, pair.publicKey, secret);
    expect(await module.decrypt(slotId, sha1, pair.privateKey, sealed)).toEqual(secret);
    const sha256 = { name: "CKM_RSA_PKCS_OAEP", parameter: { kind: "oaep", hash: "sha256" } } as const;
    expect((await failureOf(module.decrypt(slotId, sha256, pair.privateKey, sealed))).code).toBe(
      "tokens/hash-not-supported",
    );
  });

  it("H09 H12 wraps and unwraps a key, refuses one that stays, and runs AES-GCM", async () => {
    const slotId = await loggedIn();
    const aes = (more: Record<string, boolean>) =>
      module.generateKey(slotId, { name: "CKM_AES_KEY_GEN" }, { CKA_TOKEN: false, CKA_VALUE_LEN: 32, ...more });
    const wrapping = await aes({ CKA_WRAP: true, CKA_UNWRAP: true });
    const leaving = await aes({ CKA_EXTRACTABLE: true, CKA_ENCRYPT: true });
    const staying = await aes({ CKA_EXTRACTABLE: false });
    const kwp = { name: "CKM_AES_KEY_WRAP_PAD" };
    const wrapped = await module.wrapKey(slotId, kwp, wrapping, leaving);
    expect(wrapped).toHaveLength(40);
    expect((await failureOf(module.wrapKey(slotId, kwp, wrapping, staying))).code).toBe("tokens/key-stays");
    const back = await module.unwrapKey(slotId, kwp, wrapping, wrapped, {
      CKA_CLASS: 4,
      CKA_KEY_TYPE: 31,
      CKA_TOKEN: false,
      CKA_DECRYPT: true,
    });
    const gcm = { name: "CKM_AES_GCM", parameter: { kind: "gcm", iv: Buffer.alloc(12, 1), tagBits: 128 } } as const;
    const sealed = await module.encrypt(slotId, gcm, leaving, Buffer.alloc(4096, 5));
    expect(sealed).toHaveLength(4096 + 16);
    expect(await module.decrypt(slotId, gcm, back, sealed)).toEqual(Buffer.alloc(4096, 5));
  });

  it("H12 measures signatures alone and with several sessions at once", async () => {
    const slotId = await loggedIn();
    const templates = pairTemplates("fast", ID, { CKA_EC_PARAMS: P256 });
    const { privateKey } = await module.generateKeyPair(slotId, { name: "CKM_EC_KEY_PAIR_GEN" }, ...templates);
    for (const callers of [1, 4]) {
      const work = { kind: "sign", mechanism: { name: "CKM_ECDSA" }, key: privateKey, message: digest("m") } as const;
      const { operations, milliseconds } = await module.measure(slotId, { ...work, callers, forMilliseconds: 100 });
      expect(operations).toBeGreaterThan(20);
      expect(milliseconds).toBeGreaterThanOrEqual(100);
      expect(milliseconds).toBeLessThan(2000);
    }
    expect(await module.loggedIn(slotId)).toBe("user");
  });

  it("C10 C25 a PIN for one use, refused or right, disturbs neither the login nor what others have open", async () => {
    const slotId = await loggedIn();
    const here = await at(module, slotId);
    const [forPublic, forPrivate] = pairTemplates("strict", ID, { CKA_EC_PARAMS: P256 });
    const strict = { ...forPrivate, CKA_ALWAYS_AUTHENTICATE: true };
    const pair = await module.generateKeyPair(slotId, { name: "CKM_EC_KEY_PAIR_GEN" }, forPublic, strict);
    const uses = { CKA_TOKEN: false, CKA_VALUE_LEN: 32, CKA_ENCRYPT: true, CKA_DECRYPT: true };
    const ofSession = await module.generateKey(slotId, { name: "CKM_AES_KEY_GEN" }, uses);
    const gcm = { name: "CKM_AES_GCM", parameter: { kind: "gcm", iv: Buffer.alloc(12, 1), tagBits: 128 } } as const;
    const sealed = await module.encrypt(slotId, gcm, ofSession, Buffer.from("others' work"));
    const sign = (text: string, key = pair.privateKey) =>
      module.signWithPin(here, { name: "CKM_ECDSA" }, key, digest("m"), pin(text));
    for (let time = 0; time < 3; time += 1) {
      expect(await failureOf(sign("wrong-one"))).toMatchObject({
        code: "tokens/pin-incorrect",
        details: { call: "C_Login" },
      });
      const signature = await sign(USER);
      expect(await module.verify(slotId, { name: "CKM_ECDSA" }, pair.publicKey, digest("m"), signature)).toBe(true);
    }
    expect(await module.decrypt(slotId, gcm, ofSession, sealed)).toEqual(Buffer.from("others' work"));
    expect(await module.loggedIn(slotId)).toBe("user");
    // The right PIN was for one use.
    const without = module.sign(slotId, { name: "CKM_ECDSA" }, pair.privateKey, [digest("m")]);
    expect((await failureOf(without)).details).toMatchObject({ ckr: "CKR_USER_NOT_LOGGED_IN" });
    // A key of the session is there for all our sessions.
    const pairOfSession = await module.generateKeyPair(
      slotId,
      { name: "CKM_EC_KEY_PAIR_GEN" },
      { ...forPublic, CKA_TOKEN: false },
      { ...strict, CKA_TOKEN: false },
    );
    expect(await sign(USER, pairOfSession.privateKey)).toHaveLength(64);
  });

  it("P21 gives each of many signers its own signature, and a bad message to its signer alone", async () => {
    const slotId = await loggedIn();
    const keys: { readonly publicKey: string; readonly privateKey: string }[] = [];
    for (const id of [1, 2]) {
      const templates = pairTemplates(`k${id}`, Buffer.of(id), { CKA_EC_PARAMS: P256 });
      keys.push(await module.generateKeyPair(slotId, { name: "CKM_EC_KEY_PAIR_GEN" }, ...templates));
    }
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, async (_, number) => {
        const key = keys[number % 2];
        const message = number === 7 ? Buffer.alloc(0) : digest(`${number}`);
        const [signature = Buffer.alloc(0)] = await module.sign(slotId, { name: "CKM_ECDSA" }, key?.privateKey ?? "", [
          message,
        ]);
        return module.verify(slotId, { name: "CKM_ECDSA" }, key?.publicKey ?? "", message, signature);
      }),
    );
    const good = outcomes.filter((outcome) => outcome.status === "fulfilled" && outcome.value);
    expect(good.length).toBeGreaterThanOrEqual(59);
  });

  it("H02 C32 says that a token taken away is not there, and works with it again after a restart", async () => {
    const slotId = await loggedIn();
    const templates = pairTemplates("k", ID, { CKA_EC_PARAMS: P256 });
    const { privateKey } = await module.generateKeyPair(slotId, { name: "CKM_EC_KEY_PAIR_GEN" }, ...templates);
    const serial = (await slotOf(module, "Alpha")).token?.serial ?? "";
    await hsm.pullOut(serial);
    await failureOf(module.sign(slotId, { name: "CKM_ECDSA" }, privateKey, [digest("m")]));
    expect((await module.slots()).map((slot) => slot.token?.label)).not.toContain("Alpha");
    await hsm.putIn(serial);
    await module.restart();
    expect(module.generation).toBe(3);
    const again = await slotOf(module, "Alpha");
    expect(await module.loggedIn(again.slotId)).toBeUndefined();
    expect((await failureOf(module.sign(again.slotId, { name: "CKM_ECDSA" }, privateKey, [digest("m")]))).code).toBe(
      "tokens/object-not-found",
    );
    await module.logIn(await at(module, again.slotId), "user", pin(USER));
    expect(await module.find(again.slotId, { CKA_CLASS: 3 }, ["CKA_LABEL"])).toHaveLength(1);
  });

  it("H01 says what to do before log-in, with no such slot, and after removal of the library", async () => {
    const { slotId } = await slotOf(
      module,
      await hsm
        .addToken("Alpha", SO, USER)
        .then(() => module.restart())
        .then(() => "Alpha"),
    );
    const templates = pairTemplates("k", ID, { CKA_EC_PARAMS: P256 });
    const before = await failureOf(module.generateKeyPair(slotId, { name: "CKM_EC_KEY_PAIR_GEN" }, ...templates));
    expect(before.code).toBe("tokens/not-logged-in");
    expect((await failureOf(module.mechanisms("987654321"))).code).toBe("tokens/not-present");
    expect((await failureOf(module.generateKey(slotId, { name: "0x80000123" }, {}))).code).toBe(
      "tokens/mechanism-missing",
    );
    await module.close();
    expect(module.state).toBe("closed");
    expect((await failureOf(module.slots())).code).toBe("tokens/module-unknown");
  });

  it("H01 lists mechanisms by name with flags and key sizes", async () => {
    const slotId = await loggedIn();
    const listed = await module.mechanisms(slotId);
    expect(listed.find(({ name }) => name === "CKM_RSA_PKCS_KEY_PAIR_GEN")).toMatchObject({
      flags: ["GENERATE_KEY_PAIR"],
      maxKeySize: 16384,
    });
    expect(listed.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["CKM_EDDSA", "CKM_EC_KEY_PAIR_GEN", "CKM_AES_GCM"]),
    );
    const witnessed = await witness("Alpha").mechanisms();
    expect(listed).toHaveLength(witnessed.length);
  });

  it("C6 gives the same module for the same file, and refuses it with other parameters", async () => {
    const modules = modulesWith(hsm.env);
    const [one, two] = await Promise.all([modules.open(hsm.module), modules.open(hsm.module)]);
    expect(one).toBe(two);
    expect((await failureOf(modules.open(hsm.module, { libraryParameters: "other" }))).code).toBe(
      "tokens/module-taken",
    );
  });
});
