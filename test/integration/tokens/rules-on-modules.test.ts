import { createPublicKey, verify } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import { randomSecret } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { type Linkable, linkObjects, newKeyId } from "#main/features/tokens/key-id.ts";
import { type Abilities, chooseWrap, mechanismFor } from "#main/features/tokens/mechanism-choice.ts";
import {
  isMadeAndKeptOnToken,
  PROTECTION_ATTRIBUTES,
  protectionOf,
  readBackDifferences,
} from "#main/features/tokens/protection.ts";
import {
  PUBLIC_VALUE_ATTRIBUTES,
  publicValueOf,
  publicValueOfCertificate,
  publicValueOfSpki,
} from "#main/features/tokens/public-value.ts";
import { chooseSign, signatureOf, signInput } from "#main/features/tokens/sign-plan.ts";
import { generationsOf, unwrapSecretTemplate } from "#main/features/tokens/templates.ts";
import { CKK, CKO, objectClassOf } from "#main/features/tokens/token-numbers.ts";
import type { TokenModule, TokenModules } from "#main/features/tokens/token-port.ts";
import { recogniseWrapped, type WrappedFormat } from "#main/features/tokens/wrapped-content.ts";
import type { TokenKeySpec } from "#shared/models/token.ts";
import { type NssToken, nssUnavailable, startNss } from "#test/support/tokens/nss.ts";
import { pkcs11Tool, type Witness, witnessUnavailable } from "#test/support/tokens/pkcs11-tool.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";
import { at } from "#test/support/tokens/token-now.ts";
import { startVirtualUsb, type VirtualUsb, virtualUsbUnavailable } from "#test/support/tokens/virtual-usb.ts";

interface Place {
  readonly module: TokenModule;
  readonly slotId: string;
}

const abilitiesOf = async ({ module, slotId }: Place): Promise<Abilities> => ({
  mechanisms: await module.mechanisms(slotId),
  probed: new Map(),
  wrapped: new Map(),
});

async function slotWith(module: TokenModule, label: string): Promise<string> {
  const slot = (await module.slots()).find((candidate) => candidate.token?.label === label);
  if (slot === undefined) throw new Error(`no token ${label}`);
  return slot.slotId;
}

/** Generates by the templates, and answers the public value and what the token says of the private half. */
async function makePair({ module, slotId }: Place, spec: TokenKeySpec) {
  const keyId = newKeyId();
  const [generation] = generationsOf({ spec, label: `key ${spec}`, keyId, extractable: false, purpose: "general" });
  if (generation.kind !== "pair") throw new Error("a pair was expected");
  const { mechanism, publicTemplate, privateTemplate } = generation;
  const { publicKey, privateKey } = await module.generateKeyPair(slotId, mechanism, publicTemplate, privateTemplate);
  const value = publicValueOf(await module.read(slotId, publicKey, PUBLIC_VALUE_ATTRIBUTES));
  const protection = protectionOf(await module.read(slotId, privateKey, PROTECTION_ATTRIBUTES));
  return { keyId, privateKey, value, protection };
}

/** A throw-away key wrapped by a throw-away key that is known here too (C43). */
async function wrappedFormat({ module, slotId }: Place, name: string): Promise<WrappedFormat | undefined> {
  using wrapping = randomSecret(32);
  using inside = randomSecret(32);
  const secret = { CKA_CLASS: CKO.secretKey, CKA_KEY_TYPE: CKK.aes, CKA_TOKEN: false, CKA_PRIVATE: true };
  const wrappingKey = await module.createObject(slotId, {
    ...secret,
    CKA_WRAP: true,
    CKA_UNWRAP: true,
    CKA_VALUE: wrapping.reveal(),
  });
  const key = await module.createObject(slotId, {
    ...secret,
    CKA_EXTRACTABLE: true,
    CKA_ENCRYPT: true,
    CKA_VALUE: inside.reveal(),
  });
  const wrapped = await module.wrapKey(slotId, { name }, wrappingKey, key);
  await module.destroyObject(slotId, key);
  await module.destroyObject(slotId, wrappingKey);
  return recogniseWrapped(wrapping, inside, wrapped);
}

async function signsFor(place: Place, pair: Awaited<ReturnType<typeof makePair>>): Promise<boolean> {
  const parts = pair.value?.parts;
  if (parts === undefined) throw new Error("the public value was not read");
  const message = Buffer.from("signed by the rules");
  const plan = chooseSign(parts, await abilitiesOf(place));
  const [answer] = await place.module.sign(place.slotId, plan.mechanism, pair.privateKey, [signInput(plan, message)]);
  const signature = signatureOf(parts, answer ?? Buffer.alloc(0));
  return verify(plan.hash ?? null, message, createPublicKey(pair.value?.pem ?? ""), signature);
}

describe.skipIf(softHsmUnavailable() !== undefined || witnessUnavailable() !== undefined)(
  "the rules on SoftHSM",
  () => {
    let hsm: SoftHsm;
    let modules: TokenModules;
    let place: Place;
    let witness: Witness;
    beforeAll(async () => {
      hsm = await startSoftHsm();
      await hsm.addToken("rules", "so-12345", "user-1234");
      modules = createTokenModules({ startProcess: nodeProcess(hsm.env) });
      const module = await modules.open(hsm.module);
      place = { module, slotId: await slotWith(module, "rules") };
      await module.logIn(await at(module, place.slotId), "user", SecretBytes.fromText("user-1234"));
      witness = pkcs11Tool({ module: hsm.module, env: hsm.env, label: "rules", pin: "user-1234" });
    });
    afterAll(async () => {
      await modules?.closeAll();
      await hsm?.dispose();
    });

    it.each(["rsa-2048", "ecdsa-p256", "ecdsa-p384", "ed25519"] as const)(
      "H07 P21 C33 C36 C40 C47 make, read and sign with %s as the witness and node see it",
      async (spec) => {
        const pair = await makePair(place, spec);
        expect(isMadeAndKeptOnToken(pair.protection)).toBe(true);
        expect(readBackDifferences({ extractable: false }, pair.protection)).toEqual([]);
        const seen = (await witness.objects()).filter((object) => object.id === pair.keyId);
        expect(seen.map((object) => [object.kind, object.label]).sort()).toEqual([
          ["Private Key Object", `key ${spec}`],
          ["Public Key Object", `key ${spec}`],
        ]);
        expect(seen.find((object) => object.kind.startsWith("Private"))?.access).toEqual(
          expect.arrayContaining(["sensitive", "always sensitive", "never extractable", "local"]),
        );
        expect(await signsFor(place, pair)).toBe(true);
        // pkcs11-tool 0.23 makes a SubjectPublicKeyInfo of these two only.
        if (spec === "rsa-2048" || spec === "ecdsa-p256") {
          expect(publicValueOfSpki(await witness.read("pubkey", pair.keyId))?.fingerprint).toBe(
            pair.value?.fingerprint,
          );
        }
      },
      60_000,
    );

    it("P21 C36 reads an Ed25519 key that pkcs11-tool made, and links its halves", async () => {
      await witness.generateKeyPair("EC:edwards25519", "ed01", "by the witness");
      const names = ["CKA_CLASS", "CKA_ID", ...PUBLIC_VALUE_ATTRIBUTES];
      const found = await place.module.find(place.slotId, { CKA_ID: Buffer.of(0xed, 0x01) }, names);
      const objects = found.map(({ attributes }) => ({
        class: objectClassOf(attributes.CKA_CLASS),
        keyId: "ed01",
        fingerprint: publicValueOf(attributes)?.fingerprint,
      }));
      expect(objects.map((object) => object.class).sort()).toEqual(["private-key", "public-key"]);
      const links = linkObjects(objects);
      expect(links.map((link) => [link.unlinked, link.fingerprint?.startsWith("SHA256:")])).toEqual([
        [false, true],
        [false, true],
      ]);
    });

    it("H09 C43 its 0x210A is RFC 5649, recognised by content", async () => {
      expect(await wrappedFormat(place, "CKM_AES_KEY_WRAP_PAD")).toBe("rfc5649");
      expect(await wrappedFormat(place, "CKM_AES_KEY_WRAP")).toBe("rfc3394");
    });
  },
);

describe.skipIf(nssUnavailable() !== undefined || softHsmUnavailable() !== undefined)("the rules on NSS", () => {
  let nss: NssToken;
  let modules: TokenModules;
  let place: Place;
  beforeAll(async () => {
    nss = await startNss({ userPin: "nss-pin-1" });
    modules = createTokenModules({ startProcess: nodeProcess() });
    const module = await modules.open(nss.module, { libraryParameters: nss.libraryParameters });
    place = { module, slotId: nss.slotId };
    await module.logIn(await at(module, place.slotId), "user", SecretBytes.fromText(nss.userPin));
  });
  afterAll(async () => {
    await modules?.closeAll();
    await nss?.dispose();
  });

  it.each(["rsa-2048", "ecdsa-p256", "ecdsa-p384"] as const)(
    "H07 P21 C40 C41 C47 make, read and sign with %s",
    async (spec) => {
      const pair = await makePair(place, spec);
      // NSS calls no key its own make, so none of its keys may be called made in hardware; the rest holds.
      expect(pair.protection).toMatchObject({ local: false, alwaysSensitive: true, neverExtractable: true });
      expect(isMadeAndKeptOnToken(pair.protection)).toBe(false);
      expect(await signsFor(place, pair)).toBe(true);
    },
  );

  it("H09 C43 its 0x210A is PKCS #7 padding and its 0x210B is RFC 5649", async () => {
    expect(await wrappedFormat(place, "CKM_AES_KEY_WRAP_PAD")).toBe("rfc3394-pkcs7");
    expect(await wrappedFormat(place, "CKM_AES_KEY_WRAP_KWP")).toBe("rfc5649");
  });

  it("H09 C43 a key wrapped on SoftHSM by 0x210A is restored on NSS by 0x210B, and encrypts the same", async () => {
    const hsm = await startSoftHsm();
    const others = createTokenModules({ startProcess: nodeProcess(hsm.env) });
    try {
      await hsm.addToken("from", "so-12345", "user-1234");
      const module = await others.open(hsm.module);
      const from = { module, slotId: await slotWith(module, "from") };
      await module.logIn(await at(module, from.slotId), "user", SecretBytes.fromText("user-1234"));
      using shared = randomSecret(32);
      const wrapping = {
        CKA_CLASS: CKO.secretKey,
        CKA_KEY_TYPE: CKK.aes,
        CKA_TOKEN: false,
        CKA_PRIVATE: true,
        CKA_WRAP: true,
        CKA_UNWRAP: true,
        CKA_VALUE: shared.reveal(),
      };
      const [generation] = generationsOf({
        spec: "aes-256",
        label: "moves",
        keyId: "0a",
        extractable: true,
        purpose: "general",
      });
      if (generation.kind !== "secret") throw new Error("a secret key was expected");
      const key = await module.generateKey(from.slotId, generation.mechanism, generation.template);
      const seen = new Map([["CKM_AES_KEY_WRAP_PAD", await wrappedFormat(from, "CKM_AES_KEY_WRAP_PAD")] as const]);
      const known = new Map(
        [...seen].flatMap(([name, format]) => (format === undefined ? [] : [[name, format] as const])),
      );
      const plan = chooseWrap({ ...(await abilitiesOf(from)), wrapped: known }, "secret");
      expect(plan).toEqual({ mechanism: { name: "CKM_AES_KEY_WRAP_PAD" }, format: "rfc5649" });
      const wrapped = await module.wrapKey(
        from.slotId,
        plan.mechanism,
        await module.createObject(from.slotId, wrapping),
        key,
      );

      const there = await wrappedFormat(place, "CKM_AES_KEY_WRAP_KWP");
      const seenThere = new Map(there === undefined ? [] : [["CKM_AES_KEY_WRAP_KWP", there] as const]);
      const onNss = { ...(await abilitiesOf(place)), wrapped: seenThere };
      const unwrap = mechanismFor(onNss, plan.format ?? "rfc3394", "UNWRAP");
      expect(unwrap).toEqual({ name: "CKM_AES_KEY_WRAP_KWP" });
      const wish = { label: "moved", keyId: "0a", extractable: false, purpose: "general" } as const;
      const wrappingThere = await place.module.createObject(place.slotId, wrapping);
      const moved = await place.module.unwrapKey(
        place.slotId,
        unwrap,
        wrappingThere,
        wrapped,
        unwrapSecretTemplate(wish, 32),
      );
      const cbc = { name: "CKM_AES_CBC_PAD", parameter: { kind: "bytes", bytes: Buffer.alloc(16, 5) } } as const;
      const text = Buffer.from("the same key on two tokens");
      expect(await place.module.encrypt(place.slotId, cbc, moved, text)).toEqual(
        await module.encrypt(from.slotId, cbc, key, text),
      );
      expect(protectionOf(await place.module.read(place.slotId, moved, PROTECTION_ATTRIBUTES)).local).not.toBe(true);
    } finally {
      await others.closeAll();
      await hsm.dispose();
    }
  });
});

describe.skipIf(virtualUsbUnavailable() !== undefined)("the rules on a PIV card under OpenSC", () => {
  let usb: VirtualUsb;
  let modules: TokenModules;
  beforeAll(async () => {
    usb = await startVirtualUsb({ holder: "Anna" });
    modules = createTokenModules({ startProcess: nodeProcess(usb.env) });
  });
  afterAll(async () => {
    await modules?.closeAll();
    await usb?.dispose();
  });

  it("H10 C34 C35 read its keys and certificates and link all of them", async () => {
    await usb.insert();
    const module = await modules.open(usb.module);
    const slot = (await module.slots()).find((candidate) => candidate.token?.label.includes("Anna"));
    const slotId = slot?.slotId ?? "";
    expect(slot?.token).toMatchObject({ minPinLength: 4, maxPinLength: 8 });
    await module.logIn(await at(module, slotId), "user", SecretBytes.fromText(usb.pin));
    const found = await module.find(slotId, {}, ["CKA_CLASS", "CKA_ID", ...PUBLIC_VALUE_ATTRIBUTES]);
    const objects: Linkable[] = [];
    for (const { handle, attributes } of found) {
      const kind = objectClassOf(attributes.CKA_CLASS);
      // Not of every object: OpenSC lists data objects that the card has not, and fails on their value.
      const { CKA_VALUE: der } = kind === "certificate" ? await module.read(slotId, handle, ["CKA_VALUE"]) : {};
      const value = Buffer.isBuffer(der) ? publicValueOfCertificate(der) : publicValueOf(attributes);
      const keyId = Buffer.isBuffer(attributes.CKA_ID) ? attributes.CKA_ID.toString("hex") : "";
      objects.push({ class: kind, keyId, fingerprint: value?.fingerprint });
    }
    const keys = objects.filter((object) => object.class === "private-key");
    expect(keys).toHaveLength(3);
    const links = linkObjects(objects);
    for (const [index, object] of objects.entries()) {
      if (object.class !== "private-key") continue;
      expect(links[index]?.unlinked).toBe(false);
      expect(links[index]?.linked).toHaveLength(2);
      expect(links[index]?.fingerprint).toMatch(/^SHA256:/);
    }
  });
});
