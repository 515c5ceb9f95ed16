import { createDecipheriv, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { decodeHeader, encodeHeader, HEADER_MAX_BYTES, type Header } from "#main/features/vault/header.ts";
import type { SlotKeys } from "#main/features/vault/key-slot.ts";
import { makePasswordSlot } from "#main/features/vault/key-slot.ts";
import { assertRoomFor, assertWaysIn, withoutTokenSlot } from "#main/features/vault/slot-changes.ts";
import type { PasswordSlot, Slot, TokenAnswer, TokenSlot } from "#main/features/vault/slot-shapes.ts";
import { makeTokenSlot, openTokenSlot, type TokenPlace } from "#main/features/vault/token-slot.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";

const uuid = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`;
const VAULT = uuid("a");
const OWNER = { vaultId: VAULT, userId: uuid("c"), userName: "olga" };
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
const secret = (fill = 7) => SecretBytes.copyOf(Buffer.alloc(32, fill));
const keys = (): SlotKeys => ({
  root: SecretBytes.copyOf(Buffer.alloc(32, 0x11)),
  user: SecretBytes.copyOf(Buffer.alloc(32, 0x22)),
});
const makeSlot = (change: Partial<TokenPlace> = {}, answer: TokenAnswer = RSA, userId = OWNER.userId): TokenSlot =>
  makeTokenSlot({ ...OWNER, userId }, { ...PLACE, ...change }, answer, keys(), secret(), 1_800_000_000_000);

function codeOf(work: () => unknown): string {
  try {
    work();
    return "ok";
  } catch (error) {
    if (!isKeysteadError(error)) throw error;
    return error.code;
  }
}

const HEADER_KEY = SecretBytes.copyOf(Buffer.alloc(32, 5));
const headerWith = (slots: Slot[]): Header => ({
  format: "keystead-vault",
  version: 1,
  vaultId: VAULT,
  createdAt: 1_800_000_000_000,
  writeCount: 3,
  slots,
  auditHead: { sequence: 7, mac: "0f".repeat(32), checkpoint: 2, time: 1_800_000_000_000 },
});
const reread = (slots: Slot[]): Header => decodeHeader(encodeHeader(headerWith(slots), HEADER_KEY)).header;

describe("a token's slot", () => {
  it.each(ANSWERS)("V01 gives the keys back to its secret alone ($method)", (answer) => {
    const slot = makeSlot({ libraryParameters: "configdir='sql:/x'" }, answer);
    const opened = openTokenSlot(VAULT, slot, secret());
    expect(opened.root.equals(keys().root)).toBe(true);
    expect(opened.user.equals(keys().user)).toBe(true);
    expect(codeOf(() => openTokenSlot(VAULT, slot, secret(8)))).toBe("tokens/challenge-failed");
    expect(codeOf(() => openTokenSlot(uuid("b"), slot, secret()))).toBe("tokens/challenge-failed");
  });

  it("V01 is made as docs/formats.md says: opened here by node:crypto and nothing of ours", () => {
    const slot = makeSlot({ libraryParameters: "" }, ANSWERS[4]);
    const net = (parts: readonly string[]) =>
      Buffer.from(parts.map((part) => `${Buffer.byteLength(part)}:${part},`).join(""));
    const salt = Buffer.from(VAULT.replaceAll("-", ""), "hex");
    const info = net(["keystead/token-slot/v1", slot.id, "aes-gcm"]);
    const key = Buffer.from(hkdfSync("sha256", Buffer.alloc(32, 7), salt, info, 32));
    const wrapped = Buffer.from(slot.wrapped, "base64");
    const open = createDecipheriv("aes-256-gcm", key, wrapped.subarray(0, 12), { authTagLength: 16 });
    const { manufacturer, model, serial, label } = slot.token;
    open.setAAD(
      net([
        "keystead/token-slot/v1",
        VAULT,
        slot.id,
        "token",
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
        "aes-gcm",
        text(12, 5),
        text(48, 6),
      ]),
    );
    open.setAuthTag(wrapped.subarray(-16));
    const both = Buffer.concat([open.update(wrapped.subarray(12, -16)), open.final()]);
    expect(both).toEqual(Buffer.concat([Buffer.alloc(32, 0x11), Buffer.alloc(32, 0x22)]));
  });

  it("V02 does not open when any of its facts is another", () => {
    const slot = makeSlot();
    const facts = Object.entries({
      id: uuid("d"),
      userId: uuid("d"),
      userName: "mallory",
      createdAt: 1,
      modulePath: "/tmp/evil.so",
      libraryParameters: "",
      keyId: "ff",
      method: "rsa-oaep-sha1",
      parameters: { ciphertext: text(256, 9) },
      ...Object.fromEntries(
        Object.keys(slot.token).map((name) => [`token.${name}`, { ...slot.token, [name]: "another" }]),
      ),
    });
    for (const [name, value] of facts) {
      const changed = { ...slot, [name.split(".")[0] ?? ""]: value } as TokenSlot;
      expect(
        codeOf(() => openTokenSlot(VAULT, changed, secret())),
        name,
      ).toBe("tokens/challenge-failed");
    }
  });

  it("V02 comes back from the file as it went in, beside a password's", async () => {
    using password = SecretBytes.fromText("correct horse");
    const slots: Slot[] = [
      await makePasswordSlot(OWNER, keys(), password),
      ...ANSWERS.map((answer) => makeSlot({}, answer)),
    ];
    expect(reread(slots).slots).toEqual(slots);
    expect(Buffer.byteLength(encodeHeader(headerWith(slots), HEADER_KEY))).toBeLessThan(HEADER_MAX_BYTES);
  });

  const hostile: Readonly<Record<string, unknown>> = {
    "a path with a line end": { modulePath: "/usr/lib/x.so\n" },
    "no path": { modulePath: "" },
    "a path of 5,000": { modulePath: `/${"x".repeat(5000)}` },
    "a label with an escape sequence": { token: { ...PLACE.token, label: "\u001b[31m" } },
    "a serial of 65": { token: { ...PLACE.token, serial: "1".repeat(65) } },
    "a field of the token more": { token: { ...PLACE.token, slot: "1" } },
    "no key id": { keyId: "" },
    "a key id in capitals": { keyId: "0A" },
    "a ciphertext of 255": { parameters: { ciphertext: text(255, 1) } },
    "a ciphertext of 1,025": { parameters: { ciphertext: text(1025, 1) } },
    "base64 with a line end": { parameters: { ciphertext: `${text(256, 1)}\n` } },
    "another method's parameters": { parameters: { publicPoint: text(65, 4) } },
    "a method nobody has": { method: "rsa-pkcs1" },
    "a kind nobody has": { kind: "recovery" },
    "keys of 63": { wrapped: text(91, 1) },
  };
  it.each(Object.entries(hostile))("V02 a header with %s is not read", (_what, change) => {
    const slot = { ...makeSlot(), ...(change as object) } as TokenSlot;
    expect(() => encodeHeader(headerWith([slot]), HEADER_KEY)).toThrow();
  });

  it("V02 fuzz: whatever stands in a slot, reading it ends in a named refusal or in what was written", () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.base64String(), fc.boolean());
    const fields = [
      "id",
      "kind",
      "modulePath",
      "libraryParameters",
      "token",
      "keyId",
      "method",
      "parameters",
      "wrapped",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.oneof(scalar, fc.dictionary(fc.string(), scalar)), (field, value) => {
        const whole = JSON.parse(encodeHeader(headerWith([makeSlot()]), HEADER_KEY).toString("utf8"));
        whole.slots[0][field] = value;
        const bytes = Buffer.from(JSON.stringify(whole));
        expect(["ok", "vault/header-unreadable", "vault/header-damaged"]).toContain(codeOf(() => decodeHeader(bytes)));
      }),
      { numRuns: 400 },
    );
  });
});

describe("ways in", () => {
  const password = (userId: string): PasswordSlot => ({
    id: uuid("e"),
    kind: "password",
    userId,
    userName: "olga",
    kdf: { algorithm: "argon2id", memoryKiB: 65_536, passes: 3, lanes: 4, salt: text(16, 1) },
    wrapped: text(92, 2),
  });
  const [mine, other] = [makeSlot(), makeSlot({}, RSA, uuid("d"))];

  it("H06 a token may go while its user has a password or another token", () => {
    expect(withoutTokenSlot(headerWith([password(OWNER.userId), mine]), mine.id)).toHaveLength(1);
    expect(withoutTokenSlot(headerWith([mine, makeSlot()]), mine.id)).toHaveLength(1);
  });

  it("H06 the last one of a user stays, whatever others have", () => {
    const header = headerWith([mine, other, password(uuid("d"))]);
    expect(codeOf(() => withoutTokenSlot(header, mine.id))).toBe("tokens/last-way-in");
    expect(codeOf(() => withoutTokenSlot(header, other.id))).toBe("ok");
    expect(codeOf(() => withoutTokenSlot(headerWith([mine]), mine.id))).toBe("tokens/last-way-in");
  });

  it("H06 nothing else takes it either", () => {
    expect(codeOf(() => assertWaysIn([password(OWNER.userId), mine], [mine]))).toBe("ok");
    expect(codeOf(() => assertWaysIn([password(OWNER.userId)], []))).toBe("tokens/last-way-in");
    expect(codeOf(() => assertWaysIn([mine], [other]))).toBe("tokens/last-way-in");
  });

  it("H06 only a token's slot can be removed, and only one that is there", () => {
    const header = headerWith([password(OWNER.userId), mine]);
    expect(codeOf(() => withoutTokenSlot(header, uuid("e")))).toBe("tokens/not-administrator");
    expect(codeOf(() => withoutTokenSlot(header, uuid("f")))).toBe("tokens/not-administrator");
  });

  it("H06 a header never grows larger than it is read", () => {
    const long = () => makeSlot({ modulePath: `/${"ü".repeat(4000)}`, libraryParameters: "ü".repeat(1000) });
    const slots: Slot[] = [];
    while (codeOf(() => assertRoomFor(headerWith(slots), long())) === "ok") slots.push(long());
    expect(slots.length).toBeGreaterThan(10);
    expect(reread(slots).slots).toHaveLength(slots.length);
    const small = Array.from({ length: 64 }, () => makeSlot());
    expect(reread(small).slots).toHaveLength(64);
    expect(codeOf(() => assertRoomFor(headerWith(small), makeSlot()))).toBe("tokens/not-permitted");
  });
});
