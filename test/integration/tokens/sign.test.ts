import { execFileSync, spawnSync } from "node:child_process";
import { constants, createHash, createPublicKey, verify as cryptoVerify } from "node:crypto";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import type { SignAlgorithm } from "#shared/sign-algorithms.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { pkcs11Tool, witnessUnavailable } from "#test/support/tokens/pkcs11-tool.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-sign");
const unavailable = softHsmUnavailable() ?? witnessUnavailable();
let bench: TokenBench;
let token: TokenView;
beforeAll(async () => {
  if (unavailable !== undefined) return;
  bench = await TokenBench.open((await vaultTemplate(folder))("sign"));
  token = await bench.made("Signing");
});
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const MESSAGE = Buffer.from("Release 4.2 of the payment gateway\n");
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const refused = (code: string) => expect.objectContaining({ code });

async function pair(spec: string, label = `${spec} ${Math.random()}`): Promise<TokenObject> {
  const { objects } = await bench.kernel.must("tokens.generateKey", { id: token.id, spec, label });
  const own = (objects as readonly TokenObject[]).find((object) => object.class === "private-key");
  if (own === undefined) throw new Error("no pair was made");
  return own;
}

const sign = (ref: string, more: object = {}) =>
  bench.kernel.must("tokens.sign", { id: token.id, ref, messages: [base64(MESSAGE)], ...more });
const check = (ref: string, signature: string, more: object = {}) =>
  bench.kernel.must("tokens.verify", { id: token.id, ref, message: base64(MESSAGE), signature, ...more });

/** Another program at work on the same token. */
const tool = (...args: string[]) =>
  execFileSync(
    "pkcs11-tool",
    ["--module", bench.hsm.module, "--token-label", "Signing", "--login", "--pin", USER_PIN, ...args],
    { env: { ...process.env, ...bench.hsm.env }, stdio: "pipe" },
  );

const HASHES = { SHA_256: "sha256", SHA_384: "sha384", SHA_512: "sha512" } as const;
const hashOf = (algorithm: SignAlgorithm) => HASHES[algorithm.slice(-7) as keyof typeof HASHES];

const CASES: readonly (readonly [spec: string, algorithm: SignAlgorithm])[] = [
  ["rsa-2048", "RSASSA_PKCS1_V1_5_SHA_256"],
  ["rsa-2048", "RSASSA_PKCS1_V1_5_SHA_384"],
  ["rsa-2048", "RSASSA_PKCS1_V1_5_SHA_512"],
  ["rsa-2048", "RSASSA_PSS_SHA_256"],
  ["rsa-2048", "RSASSA_PSS_SHA_384"],
  ["rsa-2048", "RSASSA_PSS_SHA_512"],
  ["ecdsa-p256", "ECDSA_SHA_256"],
  ["ecdsa-p384", "ECDSA_SHA_384"],
  ["ed25519", "ED25519"],
];

/** What somebody without Keystead does with the public key and the signature. */
async function opensslAccepts(ref: string, algorithm: SignAlgorithm, signature: Buffer): Promise<boolean> {
  const { text } = await bench.kernel.must("tokens.publicKey", { id: token.id, ref });
  const [key, message, file] = [folder.at("key.pem"), folder.at("message"), folder.at("signature")];
  writeFileSync(key, text);
  writeFileSync(message, MESSAGE);
  writeFileSync(file, signature);
  const raw = ["pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", message, "-sigfile", file];
  const pss = ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"];
  const args = [
    ...raw,
    ...(algorithm === "ED25519" ? [] : ["-digest", hashOf(algorithm)]),
    ...(algorithm.includes("PSS") ? pss : []),
  ];
  return spawnSync("openssl", args).status === 0;
}

describe.skipIf(unavailable !== undefined)("signing with keys on a SoftHSM", () => {
  const keys = new Map<string, TokenObject>();
  beforeAll(async () => {
    for (const spec of new Set(CASES.map(([each]) => each))) keys.set(spec, await pair(spec));
  });
  const refOf = (spec: string): string => keys.get(spec)?.ref ?? "";

  it.each(CASES)(
    "H07 %s signs with %s what openssl accepts, and says so of no other message",
    async (spec, algorithm) => {
      const ref = refOf(spec);
      const done = await sign(ref, { algorithm });
      expect(done.algorithm).toBe(algorithm);
      const [signature = ""] = done.signatures;
      expect(await opensslAccepts(ref, algorithm, Buffer.from(signature, "base64"))).toBe(true);
      expect(await check(ref, signature, { algorithm })).toEqual({ algorithm, valid: true, by: "keystead" });
      const other = base64(Buffer.concat([MESSAGE, Buffer.of(0)]));
      expect((await check(ref, signature, { algorithm, message: other })).valid).toBe(false);
      const bent = Buffer.from(signature, "base64");
      bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1;
      expect((await check(ref, base64(bent), { algorithm })).valid).toBe(false);
    },
  );

  it.each(CASES.filter(([, algorithm]) => algorithm !== "ED25519"))(
    "H07 %s signs a digest with %s as it signs the message",
    async (spec, algorithm) => {
      const ref = refOf(spec);
      const digest = createHash(hashOf(algorithm)).update(MESSAGE).digest();
      const how = { algorithm, messageType: "digest" };
      const [signature = ""] = (await sign(ref, { ...how, messages: [base64(digest)] })).signatures;
      expect(await opensslAccepts(ref, algorithm, Buffer.from(signature, "base64"))).toBe(true);
      expect((await check(ref, signature, { algorithm })).valid).toBe(true);
      const asDigest = { ...how, message: base64(digest) };
      expect(await check(ref, signature, asDigest)).toEqual({ algorithm, valid: true, by: "token" });
      const other = base64(digest.map((byte) => byte ^ 1));
      expect((await check(ref, signature, { ...asDigest, message: other })).valid).toBe(false);
      await expect(sign(ref, { ...how, messages: [base64(digest.subarray(1))] })).rejects.toMatchObject(
        refused("request/invalid-params"),
      );
    },
  );

  it("H07 uses the key's usual algorithm when none is named, and refuses one that does not fit", async () => {
    const usual = { "rsa-2048": "RSASSA_PKCS1_V1_5_SHA_256", "ecdsa-p384": "ECDSA_SHA_384", ed25519: "ED25519" };
    for (const [spec, algorithm] of Object.entries(usual)) {
      expect((await sign(refOf(spec))).algorithm).toBe(algorithm);
      const wrong = spec === "ed25519" ? "ECDSA_SHA_256" : "ED25519";
      await expect(sign(refOf(spec), { algorithm: wrong })).rejects.toMatchObject(refused("request/invalid-params"));
    }
    await expect(sign(refOf("ed25519"), { messageType: "digest" })).rejects.toMatchObject(
      refused("tokens/not-permitted"),
    );
  });

  it("H07 signs sixteen messages in one call, each for itself, and refuses a seventeenth", async () => {
    const ref = refOf("ecdsa-p256");
    const messages = Array.from({ length: 17 }, (_, at) => base64(Buffer.from(`message ${at}`)));
    const { signatures } = await sign(ref, { messages: messages.slice(0, 16) });
    expect(signatures).toHaveLength(16);
    for (const [at, signature] of signatures.entries())
      expect((await check(ref, signature, { message: messages[at] })).valid, `message ${at}`).toBe(true);
    await expect(sign(ref, { messages })).rejects.toMatchObject(refused("request/invalid-params"));
  });

  it("H07 agrees with pkcs11-tool in both directions", async () => {
    const witness = pkcs11Tool({ ...bench.hsm, label: "Signing", pin: USER_PIN });
    const { ref, keyId } = keys.get("ecdsa-p256") ?? { ref: "", keyId: "" };
    const digest = createHash("sha256").update(MESSAGE).digest();
    const theirs = await witness.sign("ECDSA", keyId, digest, "openssl");
    expect((await check(ref, base64(theirs))).valid).toBe(true);
    const [ours = ""] = (await sign(refOf("rsa-2048"))).signatures;
    const rsaId = keys.get("rsa-2048")?.keyId ?? "";
    expect(await witness.verify("SHA256-RSA-PKCS", rsaId, MESSAGE, Buffer.from(ours, "base64"))).toBe(true);
  });

  it("A01 H07 the trace names key, algorithm and signature, and keeps the message to itself", async () => {
    const confidential = Buffer.from("merger with Example Ltd on 3 March");
    await sign(refOf("ecdsa-p256"), { messages: [base64(confidential)] });
    const { traces } = await bench.kernel.must("audit.list", { name: "signWithTokenKey", limit: 1 });
    const whole = JSON.stringify(traces[0]);
    expect(whole).toContain("ECDSA_SHA_256");
    expect(whole).toContain("[hidden]");
    expect(whole).not.toContain(base64(confidential));
    expect(whole).not.toContain(createHash("sha256").update(confidential).digest("base64"));
  });

  it("C10 asks for the PIN when the token was logged out meanwhile, and goes on after it", async () => {
    const ref = refOf("ecdsa-p256");
    await sign(ref);
    await bench.kernel.must("tokens.logOut", { id: token.id });
    await expect(sign(ref)).rejects.toMatchObject({ code: "tokens/not-logged-in", details: { id: token.id } });
    // Checking needs no log-in: the public half is public.
    await bench.kernel.must("tokens.logIn", { id: token.id, pin: USER_PIN });
    expect((await sign(ref)).signatures).toHaveLength(1);
  });

  it("C29 C48 a key that another program has deleted since is not signed with, and one it has made again is found anew", async () => {
    const { ref, keyId, label } = await pair("ecdsa-p256", "comes and goes");
    const before = (await sign(ref)).signatures[0] ?? "";
    tool("--delete-object", "--type", "privkey", "--id", keyId);
    tool("--delete-object", "--type", "pubkey", "--id", keyId);
    await expect(sign(ref)).rejects.toMatchObject(refused("tokens/object-not-found"));
    tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", keyId, "--label", label);
    const after = (await sign(ref)).signatures[0] ?? "";
    expect((await check(ref, after)).valid).toBe(true);
    expect((await check(ref, before)).valid).toBe(false);
  });

  it("C32 says that the token is gone when it is pulled out between two signatures, and signs once it is back and logged in", async () => {
    const ref = refOf("ecdsa-p256");
    await sign(ref);
    const { serial } = await bench.token("Signing");
    await bench.hsm.pullOut(serial);
    await expect(sign(ref)).rejects.toMatchObject({ kind: "outside" });
    await bench.hsm.putIn(serial);
    await bench.kernel.must("tokens.restartModule", { id: bench.moduleId });
    await bench.kernel.must("tokens.logIn", { id: token.id, pin: USER_PIN });
    expect((await sign(ref)).signatures).toHaveLength(1);
  });

  it("C25 a key made elsewhere to want its PIN each time gets it, and a wrong one is counted without ending the login", async () => {
    tool("--keypairgen", "--key-type", "EC:prime256v1", "--id", "c25c25", "--label", "strict", "--always-auth");
    const { objects } = await bench.kernel.must("tokens.listObjects", { id: token.id });
    const own = objects.find(({ keyId, class: kind }: TokenObject) => keyId === "c25c25" && kind === "private-key");
    expect(own.pinEachTime).toBe(true);
    await expect(sign(own.ref)).rejects.toMatchObject(refused("tokens/pin-each-time"));
    await expect(sign(own.ref, { pin: "000000" })).rejects.toMatchObject(refused("tokens/pin-incorrect"));
    expect((await bench.token("Signing")).userPin.ownFailures).toBe(1);
    const { signatures } = await sign(own.ref, { pin: USER_PIN });
    expect((await check(own.ref, signatures[0])).valid).toBe(true);
    expect(await bench.token("Signing")).toMatchObject({ loggedIn: "user", userPin: { ownFailures: 0 } });
    // Other keys are signed with as before: the PIN was for this one use.
    expect((await sign(refOf("ecdsa-p256"))).signatures).toHaveLength(1);
    await expect(sign(own.ref)).rejects.toMatchObject(refused("tokens/pin-each-time"));
  });

  it("C13 C14 C25 wrong PINs sent at the same time are tried one after another, and none after what may be the last", async () => {
    const { objects } = await bench.kernel.must("tokens.listObjects", { id: token.id });
    const own = objects.find((object: TokenObject) => object.pinEachTime === true);
    await sign(own.ref, { pin: USER_PIN });
    const sent = bench.ear.calls.get("signWithPin") ?? 0;
    const guess = (pin: string) => ({ id: token.id, ref: own.ref, messages: [base64(MESSAGE)], pin });
    const codes = await Promise.all(
      ["000000", "000001", "000002", USER_PIN].map((pin) => bench.kernel.code("tokens.sign", guess(pin))),
    );
    const wrong = "tokens/pin-incorrect";
    expect(codes).toEqual([wrong, wrong, "tokens/pin-final-try", "tokens/pin-final-try"]);
    expect(bench.ear.calls.get("signWithPin")).toBe(sent + 2);
    expect((await bench.token("Signing")).userPin).toMatchObject({ state: "final-try", ownFailures: 2 });
    await sign(own.ref, { pin: USER_PIN, acceptFinalTry: true });
  });

  it("C12 C25 signatures without a PIN do not wait for one that is tried", async () => {
    const { objects } = await bench.kernel.must("tokens.listObjects", { id: token.id });
    const own = objects.find((object: TokenObject) => object.pinEachTime === true);
    const other = refOf("ecdsa-p256");
    let meanwhile: unknown;
    bench.ear.before("signWithPin", async () => {
      meanwhile = await sign(other);
    });
    expect((await sign(own.ref, { pin: USER_PIN })).signatures).toHaveLength(1);
    expect(meanwhile).toMatchObject({ signatures: [expect.any(String)] });
  });

  it("C13 C25 a key that was found a moment ago still asks what the token says of its PIN before the PIN is tried", async () => {
    const { objects } = await bench.kernel.must("tokens.listObjects", { id: token.id });
    const own = objects.find((object: TokenObject) => object.pinEachTime === true);
    await sign(own.ref, { pin: USER_PIN });
    const CKF_USER_PIN_FINAL_TRY = 0x20000;
    await bench.hsm.raiseFlags(token.serial, CKF_USER_PIN_FINAL_TRY);
    await expect(sign(own.ref, { pin: USER_PIN })).rejects.toMatchObject(refused("tokens/pin-final-try"));
    expect((await sign(own.ref, { pin: USER_PIN, acceptFinalTry: true })).signatures).toHaveLength(1);
  });

  it("H07 node's own crypto takes a PSS signature with a salt as long as the hash", async () => {
    const ref = refOf("rsa-2048");
    const [signature = ""] = (await sign(ref, { algorithm: "RSASSA_PSS_SHA_384" })).signatures;
    const { text } = await bench.kernel.must("tokens.publicKey", { id: token.id, ref });
    const key = { key: createPublicKey(text), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 };
    expect(cryptoVerify("sha384", MESSAGE, key, Buffer.from(signature, "base64"))).toBe(true);
  });
});
