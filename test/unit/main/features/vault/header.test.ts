import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import {
  authenticateHeader,
  decodeHeader,
  encodeHeader,
  HEADER_MAX_BYTES,
  type Header,
} from "#main/features/vault/header.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";

const FIXTURES = join(import.meta.dirname, "../../../../fixtures/headers");
const KEY = SecretBytes.copyOf(Buffer.alloc(32, 5));
const uuid = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`;

function makeHeader(change: Partial<Header> = {}): Header {
  return {
    format: "keystead-vault",
    version: 1,
    vaultId: uuid("a"),
    createdAt: 1_800_000_000_000,
    writeCount: 3,
    slots: [
      {
        id: uuid("b"),
        kind: "password",
        userId: uuid("c"),
        userName: "olga",
        kdf: {
          algorithm: "argon2id",
          memoryKiB: 65_536,
          passes: 3,
          lanes: 4,
          salt: Buffer.alloc(16, 1).toString("base64"),
        },
        wrapped: Buffer.alloc(92, 2).toString("base64"),
      },
    ],
    auditHead: { sequence: 7, mac: "0f".repeat(32), checkpoint: 2, time: 1_800_000_000_000 },
    ...change,
  };
}

/** The code of the refusal, or `"ok"`; anything but a KeysteadError is let through as the failure it is. */
function outcome(bytes: Uint8Array): string {
  try {
    decodeHeader(bytes);
    return "ok";
  } catch (error) {
    if (!isKeysteadError(error)) throw error;
    return error.code;
  }
}

/** Keeps what broke the reader, so that it is tried in every later run. */
function keepFind(bytes: Uint8Array): void {
  mkdirSync(FIXTURES, { recursive: true });
  writeFileSync(join(FIXTURES, createHash("sha256").update(bytes).digest("hex").slice(0, 12)), bytes);
}

const NAMED = [
  "ok",
  "vault/header-unreadable",
  "vault/header-damaged",
  "vault/newer-version",
  "vault/kdf-out-of-bounds",
];

function onlyNamed(bytes: Uint8Array): boolean {
  try {
    return NAMED.includes(outcome(bytes));
  } catch (error) {
    keepFind(bytes);
    throw error;
  }
}

describe("vault header", () => {
  it("V01 reads back what it wrote, and only the right key authenticates it", () => {
    const decoded = decodeHeader(encodeHeader(makeHeader(), KEY));
    expect(decoded.header).toEqual(makeHeader());
    expect(() => authenticateHeader(decoded, KEY)).not.toThrow();
    using other = SecretBytes.copyOf(Buffer.alloc(32, 6));
    expect(() => authenticateHeader(decoded, other)).toThrow(
      expect.objectContaining({ code: "vault/header-tampered" }),
    );
  });

  it("V01 has room for many users' slots, and one encoding whatever the order of fields", () => {
    const slots = Array.from({ length: 64 }, (_, i) => ({
      ...makeHeader().slots[0],
      userName: `user ${i}`,
    })) as Header["slots"];
    const bytes = encodeHeader(makeHeader({ slots }), KEY);
    expect(bytes.length).toBeLessThan(HEADER_MAX_BYTES);
    expect(decodeHeader(bytes).header.slots).toHaveLength(64);
    const { slots: _slots, ...rest } = makeHeader();
    expect(encodeHeader({ slots: makeHeader().slots, ...rest }, KEY)).toEqual(encodeHeader(makeHeader(), KEY));
  });

  it("V02 never throws anything but a named error, whatever the bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 4096 }), onlyNamed), { numRuns: 500 });
    fc.assert(
      fc.property(fc.json({ maxDepth: 20 }), (text) => onlyNamed(Buffer.from(text))),
      { numRuns: 500 },
    );
  });

  it("V02 never throws anything but a named error on a header with one value replaced by any JSON", () => {
    const paths = [
      "format",
      "version",
      "vaultId",
      "createdAt",
      "writeCount",
      "slots",
      "auditHead",
      "mac",
      "checksum",
      "slots.0",
      "slots.0.kdf",
      "slots.0.kdf.salt",
      "slots.0.kdf.memoryKiB",
      "slots.0.wrapped",
      "slots.0.userName",
      "auditHead.mac",
      "auditHead.sequence",
      "__proto__",
      "slots.0.__proto__",
      "slots.length",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (path, value, fix) => {
        const header = JSON.parse(encodeHeader(makeHeader(), KEY).toString("utf8"));
        const keys = path.split(".");
        const last = keys.pop() ?? "";
        const at = keys.reduce((object, key) => object[key], header);
        Object.defineProperty(at, last === "length" ? "0" : last, {
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        });
        const { checksum, ...sealed } = header;
        const fixed = fix ? createHash("sha256").update(JSON.stringify(sealed)).digest("hex") : checksum;
        return onlyNamed(Buffer.from(JSON.stringify({ ...sealed, checksum: fixed })));
      }),
      { numRuns: 1500 },
    );
  });

  it("V02 never throws anything but a named error on a header with any byte changed, and never takes it for whole", () => {
    const good = encodeHeader(makeHeader(), KEY);
    fc.assert(
      fc.property(fc.nat({ max: good.length - 2 }), fc.integer({ min: 1, max: 255 }), (at, add) => {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] ?? 0) ^ add;
        // Blanks between tokens may change into other blanks: then it is the same header.
        const same =
          outcome(bytes) === "ok" &&
          JSON.stringify(JSON.parse(bytes.toString())) === JSON.stringify(JSON.parse(good.toString()));
        return onlyNamed(bytes) && (same || outcome(bytes) !== "ok");
      }),
      { numRuns: 1500 },
    );
  });

  it("V02 takes deep nesting and floods for what they are", () => {
    const floods = [
      "[".repeat(100_000),
      `${"[".repeat(60_000)}${"]".repeat(60_000)}`,
      `{"slots":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
      `{"a":"${"x".repeat(200_000)}"}`,
      `[${"1,".repeat(80_000)}1]`,
      "9".repeat(200_000),
      `{${Array.from({ length: 5000 }, (_, i) => `"k${i}":1`).join()}}`,
    ];
    for (const flood of floods) expect(outcome(Buffer.from(flood))).toBe("vault/header-unreadable");
    expect(outcome(Buffer.alloc(HEADER_MAX_BYTES + 1, 0x20))).toBe("vault/header-unreadable");
  });

  it("V02 what a fuzz run has found stays found", () => {
    const finds = readdirSync(FIXTURES);
    for (const name of finds) expect(NAMED).toContain(outcome(readFileSync(join(FIXTURES, name))));
    // A salt the derivation would choke on, behind a checksum that fits.
    expect(outcome(readFileSync(join(FIXTURES, "empty-salt")))).toBe("vault/header-unreadable");
  });
});
