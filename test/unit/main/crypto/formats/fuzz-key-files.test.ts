import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPrivateKey } from "#main/crypto/formats/read-private-key.ts";
import { bitsOf } from "#main/crypto/public-key.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

/*
 * Whatever the bytes are, a reader answers with a key or with one of its own errors, in bounded time. `FUZZ_RUNS` raises
 * the count for a longer hunt; what that finds is kept as `fuzz-*` beside the other files.
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 250);
const SLOWEST_MS = 15_000;
const folder = new URL("../../../../fixtures/key-files/", import.meta.url);
const names = readdirSync(folder).filter((name) => !/README|public-lines|rsa-8192/.test(name));
const files = names.map((name) => readFileSync(new URL(name, folder)));
const publicLines = readFileSync(new URL("public-lines", folder), "utf8").trimEnd().split("\n");
const publicBlobs = publicLines.map((line) => Buffer.from(line.split(" ")[1] ?? "", "base64"));
const CODES = /^keypairs\/(unreadable|unsupported-key|passphrase-required|passphrase-wrong)$/;

async function expectOwnErrorsOnly(bytes: Buffer): Promise<void> {
  for (const passphrase of [undefined, SecretBytes.fromText("fixture")]) {
    const start = performance.now();
    try {
      const { pkcs8 } = await readPrivateKey(bytes, passphrase);
      expect(pkcs8.length).toBeGreaterThan(40);
    } catch (error) {
      if (!(error instanceof KeysteadError)) throw error;
      expect(error.code).toMatch(CODES);
    }
    expect(performance.now() - start).toBeLessThan(SLOWEST_MS);
  }
}

interface Edit {
  readonly at: number;
  readonly kind: "flip" | "set" | "delete" | "insert" | "repeat" | "cut";
  readonly value: number;
  readonly length: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  kind: fc.constantFrom("flip", "set", "delete", "insert", "repeat", "cut"),
  value: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0x82, 0xff, 0x30, 0x0a, 0x3a)),
  length: fc.integer({ min: 1, max: 40 }),
});
const edits = fc.array(edit, { minLength: 1, maxLength: 4 });

function apply(bytes: Buffer, list: readonly Edit[]): Buffer {
  let result = Buffer.from(bytes);
  for (const { at, kind, value, length } of list) {
    const index = Math.floor(at * result.length);
    const [before, rest] = [result.subarray(0, index), result.subarray(index)];
    if (kind === "flip") result[index] = (result[index] ?? 0) ^ (1 << (value & 7));
    else if (kind === "set") result[index] = value;
    else if (kind === "delete") result = Buffer.concat([before, rest.subarray(length)]);
    else if (kind === "insert") result = Buffer.concat([before, Buffer.alloc(length, value), rest]);
    else if (kind === "repeat") result = Buffer.concat([before, rest.subarray(0, length), rest]);
    else result = Buffer.from(before);
  }
  return result;
}

/** Edits the bytes behind the base64: those in the text itself mostly end at the decoder. */
function editInside(file: Buffer, list: readonly Edit[]): Buffer {
  const text = file.toString("latin1");
  const body = text.match(/(?:^[A-Za-z0-9+/]+={0,2}$\n?)+/gm)?.at(-1);
  if (body === undefined) return apply(file, list);
  const edited = apply(Buffer.from(body, "base64"), list).toString("base64");
  return Buffer.from(text.replace(body, `${edited.match(/.{1,64}/g)?.join("\n") ?? ""}\n`), "latin1");
}

describe("P02 readers under hostile input", () => {
  it("P02 reads every fixture, which shows that the hunts below start from sound files", async () => {
    const sound = files.filter((_, i) => !names[i]?.startsWith("fuzz-"));
    for (const file of sound) {
      await expect(readPrivateKey(file, SecretBytes.fromText("fixture"))).resolves.toHaveProperty("pkcs8");
    }
    expect(sound.length).toBeGreaterThanOrEqual(15);
  });

  it("P02 readPrivateKey survives edited text", { timeout: 600_000 }, async () => {
    const property = fc.asyncProperty(fc.constantFrom(...files), edits, (file, list) =>
      expectOwnErrorsOnly(apply(file, list)),
    );
    await fc.assert(property, { numRuns: RUNS });
  });

  it("P02 readPrivateKey survives edits behind the base64", { timeout: 600_000 }, async () => {
    const property = fc.asyncProperty(fc.constantFrom(...files), edits, (file, list) =>
      expectOwnErrorsOnly(editInside(file, list)),
    );
    await fc.assert(property, { numRuns: RUNS });
  });

  it("P02 readPrivateKey survives random bytes, bare and behind every label", { timeout: 600_000 }, async () => {
    const labels = [
      "",
      "PRIVATE KEY",
      "ENCRYPTED PRIVATE KEY",
      "RSA PRIVATE KEY",
      "EC PRIVATE KEY",
      "OPENSSH PRIVATE KEY",
    ];
    const property = fc.asyncProperty(
      fc.constantFrom(...labels),
      fc.uint8Array({ maxLength: 2000 }),
      (label, bytes) => {
        const body = Buffer.from(bytes).toString("base64");
        const file = `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
        return expectOwnErrorsOnly(label === "" ? Buffer.from(bytes) : Buffer.from(file));
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  });

  it("P02 public keys survive being edited", { timeout: 600_000 }, () => {
    const edited = fc.tuple(fc.constantFrom(...publicBlobs), edits).map(([blob, list]) => apply(blob, list));
    const property = fc.property(fc.oneof(edited, fc.uint8Array({ maxLength: 600 })), (blob) => {
      try {
        expect(bitsOf(blob)).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof KeysteadError)) throw error;
        expect(error.code).toBe("keypairs/unreadable");
      }
    });
    fc.assert(property, { numRuns: RUNS * 4 });
  });
});
