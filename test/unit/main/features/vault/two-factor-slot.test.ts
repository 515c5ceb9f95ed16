import { argon2Sync, createDecipheriv, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { decodeHeader, encodeHeader, type Header, headerVersion } from "#main/features/vault/header.ts";
import { makePasswordSlot, type SlotKeys } from "#main/features/vault/key-slot.ts";
import {
  assertOneMode,
  assertWaysIn,
  slotsToProve,
  tokensOf,
  withoutTokenSlot,
} from "#main/features/vault/slot-changes.ts";
import type { Slot, TokenAnswer, TokenSlot, TwoFactorSlot } from "#main/features/vault/slot-shapes.ts";
import { makeTokenSlot, openTokenSlot, type TokenPlace } from "#main/features/vault/token-slot.ts";
import { makeTwoFactorSlot, openTwoFactorSlot, rewrapTwoFactorSlot } from "#main/features/vault/two-factor-slot.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";

const uuid = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`;
const VAULT = uuid("a");
const OWNER = { vaultId: VAULT, userId: uuid("c"), userName: "olga" };
const PASSWORD = "correct horse";
const PLACE: TokenPlace = {
  modulePath: "/usr/lib/softhsm/libsofthsm2.so",
  token: { manufacturer: "SoftHSM project", model: "SoftHSM v2", serial: "7c90ff239786d6f5", label: "Büro" },
  keyId: "0a0b0c",
};
const text = (bytes: number, fill: number) => Buffer.alloc(bytes, fill).toString("base64");
const ANSWERS: readonly TokenAnswer[] = [
  { method: "rsa-oaep-sha256", parameters: { ciphertext: text(256, 1) } },
  { method: "rsa-oaep-sha1", parameters: { ciphertext: text(512, 2) } },
  { method: "ecdh-p256", parameters: { publicPoint: text(65, 4) } },
  { method: "ecdh-p384", parameters: { publicPoint: text(97, 4) } },
  { method: "aes-gcm", parameters: { iv: text(12, 5), ciphertext: text(48, 6) } },
];
const [RSA] = ANSWERS as [TokenAnswer];
const bytes = (length: number, fill: number) => SecretBytes.copyOf(Buffer.alloc(length, fill));
const keys = (): SlotKeys => ({ root: bytes(32, 0x11), user: bytes(32, 0x22) });
const factors = (password = PASSWORD, secret = bytes(32, 7)) => ({ password: SecretBytes.fromText(password), secret });

function makeSlot(change: Partial<TokenPlace> = {}, answer: TokenAnswer = RSA, userId = OWNER.userId) {
  return makeTwoFactorSlot({ ...OWNER, userId }, { ...PLACE, ...change }, answer, keys(), factors(), 1_800_000_000_000);
}
const makeAlone = (change: Partial<TokenPlace> = {}, userId = OWNER.userId) =>
  makeTokenSlot({ ...OWNER, userId }, { ...PLACE, ...change }, RSA, keys(), bytes(32, 7), 1_800_000_000_000);

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "ok";
  } catch (error) {
    if (!isKeysteadError(error)) throw error;
    return error.code;
  }
}

const HEADER_KEY = bytes(32, 5);
const headerWith = (slots: Slot[], version = headerVersion(slots)): Header => ({
  format: "keystead-vault",
  version,
  vaultId: VAULT,
  createdAt: 1_800_000_000_000,
  writeCount: 3,
  slots,
  auditHead: { sequence: 7, mac: "0f".repeat(32), checkpoint: 2, time: 1_800_000_000_000 },
});
const reread = (slots: Slot[]): Header => decodeHeader(encodeHeader(headerWith(slots), HEADER_KEY)).header;

describe("a slot of password and token", () => {
  it.each(ANSWERS)("V01 H06 gives the keys back to both together, and to neither alone ($method)", async (answer) => {
    const slot = await makeSlot({ libraryParameters: "configdir='sql:/x'" }, answer);
    const opened = await openTwoFactorSlot(VAULT, slot, factors());
    expect(opened.root.equals(keys().root)).toBe(true);
    expect(opened.user.equals(keys().user)).toBe(true);
    const wrong = "vault/wrong-password";
    expect(await codeOf(() => openTwoFactorSlot(VAULT, slot, factors("wrong horse")))).toBe(wrong);
    expect(await codeOf(() => openTwoFactorSlot(VAULT, slot, factors(PASSWORD, bytes(32, 8))))).toBe(wrong);
    expect(await codeOf(() => openTwoFactorSlot(uuid("b"), slot, factors()))).toBe(wrong);
  });

  it("V01 H06 is made as docs/formats.md says: opened here by node:crypto and nothing of ours", async () => {
    // 48 bytes, as a P-384 agreement gives: the two parts of the input have different lengths.
    const answer = ANSWERS[3] as TokenAnswer;
    const both = { password: SecretBytes.fromText(PASSWORD), secret: bytes(48, 7) };
    const slot = await makeTwoFactorSlot(
      OWNER,
      { ...PLACE, libraryParameters: "" },
      answer,
      keys(),
      both,
      1_800_000_000_000,
    );
    const net = (parts: readonly string[]) =>
      Buffer.from(parts.map((part) => `${Buffer.byteLength(part)}:${part},`).join(""));
    const stretched = argon2Sync("argon2id", {
      message: PASSWORD,
      nonce: Buffer.from(slot.kdf.salt, "base64"),
      memory: 65_536,
      passes: 3,
      parallelism: 4,
      tagLength: 32,
    });
    const input = Buffer.concat([stretched, Buffer.alloc(48, 7)]);
    const salt = Buffer.from(VAULT.replaceAll("-", ""), "hex");
    const info = net(["keystead/token-and-password-slot/v1", slot.id, "ecdh-p384"]);
    const key = Buffer.from(hkdfSync("sha256", input, salt, info, 32));
    const wrapped = Buffer.from(slot.wrapped, "base64");
    const open = createDecipheriv("aes-256-gcm", key, wrapped.subarray(0, 12), { authTagLength: 16 });
    const { manufacturer, model, serial, label } = slot.token;
    open.setAAD(
      net([
        "keystead/token-and-password-slot/v1",
        VAULT,
        slot.id,
        "token-and-password",
        slot.userId,
        "olga",
        "1800000000000",
        "/usr/lib/softhsm/libsofthsm2.so",
        "=",
        manufacturer,
        model,
        serial,
        label,
        "0a0b0c",
        "ecdh-p384",
        text(97, 4),
        "argon2id",
        "65536",
        "3",
        "4",
        slot.kdf.salt,
      ]),
    );
    open.setAuthTag(wrapped.subarray(-16));
    const opened = Buffer.concat([open.update(wrapped.subarray(12, -16)), open.final()]);
    expect(opened).toEqual(Buffer.concat([Buffer.alloc(32, 0x11), Buffer.alloc(32, 0x22)]));
  });

  // A derivation for each: 20 of them take their time on a busy machine.
  it("V02 does not open when any of its facts is another", { timeout: 30_000 }, async () => {
    const slot = await makeSlot();
    const { kdf, token } = slot;
    const changes = {
      id: { id: uuid("d") },
      userId: { userId: uuid("d") },
      userName: { userName: "mallory" },
      createdAt: { createdAt: 1 },
      modulePath: { modulePath: "/tmp/evil.so" },
      libraryParameters: { libraryParameters: "" },
      keyId: { keyId: "ff" },
      method: { method: "rsa-oaep-sha1" },
      parameters: { parameters: { ciphertext: text(256, 9) } },
      ...Object.fromEntries(
        Object.keys(token).map((name) => [`token.${name}`, { token: { ...token, [name]: "another" } }]),
      ),
      "kdf.memoryKiB": { kdf: { ...kdf, memoryKiB: kdf.memoryKiB + 4 } },
      "kdf.passes": { kdf: { ...kdf, passes: 2 } },
      "kdf.lanes": { kdf: { ...kdf, lanes: 2 } },
      "kdf.salt": { kdf: { ...kdf, salt: text(16, 1) } },
      wrapped: { wrapped: `AAAA${slot.wrapped.slice(4)}` },
    };
    for (const [name, change] of Object.entries(changes)) {
      const changed = { ...slot, ...change } as TwoFactorSlot;
      expect(await codeOf(() => openTwoFactorSlot(VAULT, changed, factors())), name).toBe("vault/wrong-password");
    }
  });

  it("V02 is not opened as a slot of the token alone, nor the other way round, whatever its kind is edited to", async () => {
    const [both, alone] = [await makeSlot(), makeAlone()];
    const { kdf, ...bare } = both;
    const asAlone = { ...bare, kind: "token" } as unknown as TokenSlot;
    expect(await codeOf(() => openTokenSlot(VAULT, asAlone, bytes(32, 7)))).toBe("tokens/challenge-failed");
    const asBoth = { ...alone, kind: "token-and-password", kdf } as unknown as TwoFactorSlot;
    expect(await codeOf(() => openTwoFactorSlot(VAULT, asBoth, factors()))).toBe("vault/wrong-password");
    const swapped = { ...both, wrapped: (await makeSlot()).wrapped };
    expect(await codeOf(() => openTwoFactorSlot(VAULT, swapped, factors()))).toBe("vault/wrong-password");
  });

  it("V01 goes behind another password with a salt of its own; the old password is no use any more", async () => {
    const slot = await makeSlot();
    const next = await rewrapTwoFactorSlot(VAULT, slot, keys(), factors("another horse"));
    expect(next).toMatchObject({ id: slot.id, createdAt: slot.createdAt, parameters: slot.parameters });
    expect(next.kdf.salt).not.toBe(slot.kdf.salt);
    expect(await codeOf(() => openTwoFactorSlot(VAULT, next, factors()))).toBe("vault/wrong-password");
    const opened = await openTwoFactorSlot(VAULT, next, factors("another horse"));
    expect(opened.root.equals(keys().root)).toBe(true);
  });
});

describe("a header with it", () => {
  it("V02 comes back from the file as it went in, beside the other kinds, as version 2", async () => {
    const both = await Promise.all(ANSWERS.map((answer) => makeSlot({}, answer)));
    using password = SecretBytes.fromText(PASSWORD);
    const slots: Slot[] = [await makePasswordSlot(OWNER, keys(), password), makeAlone(), ...both];
    expect(reread(slots)).toMatchObject({ version: 2, slots });
  });

  it("V02 without one it is version 1, byte for byte as before there was another", () => {
    const whole = JSON.parse(encodeHeader(headerWith([makeAlone()]), HEADER_KEY).toString("utf8"));
    expect(whole.version).toBe(1);
    expect(Object.keys(whole)).toEqual([
      "format",
      "version",
      "vaultId",
      "createdAt",
      "writeCount",
      "slots",
      "auditHead",
      "mac",
      "checksum",
    ]);
  });

  it("V02 a version that does not fit the slots is neither written nor read", async () => {
    const slot = await makeSlot();
    expect(() => encodeHeader(headerWith([slot], 1), HEADER_KEY)).toThrow();
    expect(() => encodeHeader(headerWith([makeAlone()], 2), HEADER_KEY)).toThrow();
    const whole = JSON.parse(encodeHeader(headerWith([slot]), HEADER_KEY).toString("utf8"));
    expect(await codeOf(() => decodeHeader(Buffer.from(JSON.stringify({ ...whole, version: 1 }))))).toBe(
      "vault/header-unreadable",
    );
    expect(await codeOf(() => decodeHeader(Buffer.from(JSON.stringify({ ...whole, version: 3 }))))).toBe(
      "vault/newer-version",
    );
  });

  it("V02 D7 refuses costs beyond the bounds before any memory is taken", async () => {
    const slot = await makeSlot();
    for (const change of [{ memoryKiB: 4_000_000 }, { memoryKiB: 8 }, { passes: 17 }, { lanes: 17 }]) {
      const greedy = { ...slot, kdf: { ...slot.kdf, ...change } };
      expect(await codeOf(() => reread([greedy])), JSON.stringify(change)).toBe("vault/kdf-out-of-bounds");
    }
  });

  const hostile: Readonly<Record<string, unknown>> = {
    "no costs": { kdf: undefined },
    "another function's costs": {
      kdf: { algorithm: "scrypt", memoryKiB: 65_536, passes: 3, lanes: 4, salt: text(16, 1) },
    },
    "a salt of 15": { kdf: { algorithm: "argon2id", memoryKiB: 65_536, passes: 3, lanes: 4, salt: text(15, 1) } },
    "the kind of a token alone": { kind: "token" },
    "another method's parameters": { parameters: { publicPoint: text(65, 4) } },
    "a field more": { pin: "1234" },
  };
  it.each(Object.entries(hostile))("V02 a slot with %s is not read", async (_what, change) => {
    const slot = { ...(await makeSlot()), ...(change as object) } as TwoFactorSlot;
    expect(() => encodeHeader(headerWith([slot]), HEADER_KEY)).toThrow();
  });

  it("V02 fuzz: whatever stands in a slot, reading it ends in a named refusal or in what was written", async () => {
    const whole = encodeHeader(headerWith([await makeSlot()]), HEADER_KEY).toString("utf8");
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.base64String(), fc.boolean());
    const named = ["ok", "vault/header-unreadable", "vault/header-damaged", "vault/kdf-out-of-bounds"];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("kind", "kdf", "method", "parameters", "wrapped", "token"),
        fc.oneof(scalar, fc.dictionary(fc.string(), scalar)),
        async (field, value) => {
          const changed = JSON.parse(whole);
          changed.slots[0][field] = value;
          const code = await codeOf(() => decodeHeader(Buffer.from(JSON.stringify(changed))));
          expect(named).toContain(code);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("ways in with it", () => {
  it("H06 counts as a way in: the last of its kind stays, and the password's slot may go", async () => {
    const [mine, other] = [await makeSlot(), await makeSlot({}, RSA, uuid("d"))];
    using password = SecretBytes.fromText(PASSWORD);
    const own = await makePasswordSlot(OWNER, keys(), password);
    expect(await codeOf(() => assertWaysIn([own, mine, other], [mine, other]))).toBe("ok");
    expect(await codeOf(() => withoutTokenSlot(headerWith([mine, other]), mine.id))).toBe("tokens/last-way-in");
    expect(await codeOf(() => withoutTokenSlot(headerWith([own, mine, other]), mine.id))).toBe("ok");
  });

  it("H06 one token has one mode for a user, and may have another for another user", async () => {
    const [both, alone] = [await makeSlot(), makeAlone()];
    expect(await codeOf(() => assertOneMode(headerWith([alone]), both))).toBe("tokens/not-permitted");
    expect(await codeOf(() => assertOneMode(headerWith([both]), alone))).toBe("tokens/not-permitted");
    expect(await codeOf(() => assertOneMode(headerWith([both]), both))).toBe("ok");
    expect(await codeOf(() => assertOneMode(headerWith([makeAlone({}, uuid("d"))]), both))).toBe("ok");
    const elsewhere = makeAlone({ token: { ...PLACE.token, serial: "2" } });
    expect(await codeOf(() => assertOneMode(headerWith([elsewhere]), both))).toBe("ok");
  });

  it("H06 counts tokens, not slots, and only the user's own", async () => {
    const slots = [makeAlone(), makeAlone(), makeAlone({ token: { ...PLACE.token, serial: "2" } })];
    expect(tokensOf([...slots, await makeSlot({}, RSA, uuid("d"))], OWNER.userId)).toBe(2);
  });

  it("H06 the password comes back as the one the tokens go with: only those prove it", async () => {
    const both = await makeSlot();
    const alone = makeAlone({ token: { ...PLACE.token, serial: "2" } });
    const header = headerWith([alone, both]);
    const proves = (on: boolean, slotId?: string) => slotsToProve(header, OWNER.userId, on, slotId).map(({ id }) => id);
    expect(proves(true)).toEqual([alone.id, both.id]);
    expect(proves(false)).toEqual([both.id]);
    expect(await codeOf(() => proves(false, alone.id))).toBe("tokens/not-administrator");
    expect(await codeOf(() => slotsToProve(header, uuid("d"), true, undefined))).toBe("tokens/not-administrator");
    expect(slotsToProve(headerWith([alone]), OWNER.userId, false, undefined)).toEqual([alone]);
  });
});
