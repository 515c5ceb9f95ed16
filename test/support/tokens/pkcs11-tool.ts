import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram, runProgram, sayOnce } from "./programs.ts";

/** Which module and which token; `label` or `slot` where there are several. */
export interface WitnessTarget {
  readonly module: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly label?: string;
  readonly slot?: string;
  /** Log in as the user with it. */
  readonly pin?: string;
}

export interface WitnessObject {
  /** E.g. `Private Key Object`. */
  readonly kind: string;
  /** E.g. `EC  EC_POINT 256 bits`, `RSA`. */
  readonly type: string;
  readonly label: string;
  /** CKA_ID, hex. */
  readonly id: string;
  readonly usage: readonly string[];
  /** E.g. `sensitive`, `always sensitive`, `never extractable`, `local`. */
  readonly access: readonly string[];
}

/** OpenSC's pkcs11-tool: another author's reading of what is on a token. */
export interface Witness {
  objects(): Promise<readonly WitnessObject[]>;
  /** The CKM names without their prefix, e.g. `RSA-PKCS`. */
  mechanisms(): Promise<readonly string[]>;
  /** `mechanism` in pkcs11-tool's words, e.g. `ECDSA`, `SHA256-RSA-PKCS`, `EDDSA`. `openssl`: ECDSA as DER instead of r || s. */
  sign(mechanism: string, keyId: string, message: Uint8Array, format?: "rs" | "openssl"): Promise<Buffer>;
  /** Checks with the public key object on the token. */
  verify(mechanism: string, keyId: string, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
  /** `keyType` as in `rsa:2048`, `EC:prime256v1`, `EC:edwards25519`. */
  generateKeyPair(keyType: string, keyId: string, label: string): Promise<void>;
  /** The raw value of an object: SPKI DER of a public key, DER of a certificate. */
  read(kind: "pubkey" | "cert" | "data", keyId: string): Promise<Buffer>;
  /** Puts a DER file on the token. */
  write(kind: "privkey" | "pubkey" | "cert", der: Uint8Array, keyId: string, label: string): Promise<void>;
  /** `--list-slots` as it prints it, without log-in. */
  slots(): Promise<string>;
  /** Any other arguments; answers what it printed. */
  run(...args: readonly string[]): Promise<string>;
}

export function witnessUnavailable(): string | undefined {
  return hasProgram("pkcs11-tool") ? undefined : sayOnce("No pkcs11-tool here: install the package opensc.");
}

export function pkcs11Tool(target: WitnessTarget): Witness {
  const base = [
    ...["--module", target.module],
    ...(target.label === undefined ? [] : ["--token-label", target.label]),
    ...(target.slot === undefined ? [] : ["--slot", target.slot]),
  ];
  const login = target.pin === undefined ? [] : ["--login", "--pin", target.pin];
  const run = async (...args: readonly string[]) =>
    (await runProgram("pkcs11-tool", [...base, ...login, ...args], target.env)).stdout;

  return {
    run,
    // With log-in or a token chosen it opens a session on the first slot before it lists, and fails where that is empty.
    slots: async () =>
      (await runProgram("pkcs11-tool", ["--module", target.module, "--list-slots"], target.env)).stdout,
    objects: async () => parseObjects(await run("--list-objects")),
    mechanisms: async () =>
      [...(await run("--list-mechanisms")).matchAll(/^ {2}([^,\s][^,\n]*)/gm)].map((match) => match[1] ?? ""),
    sign: (mechanism, keyId, message, format = "rs") =>
      withFiles(message, undefined, async ({ input, output }) => {
        const files = ["--input-file", input, "--output-file", output];
        await run("--sign", "--mechanism", mechanism, "--id", keyId, ...files, "--signature-format", format);
        return readFile(output);
      }),
    verify: (mechanism, keyId, message, signature) =>
      withFiles(message, signature, async ({ input, output }) => {
        const files = ["--input-file", input, "--signature-file", output];
        // It exits with 0 for a wrong signature too; only its words tell.
        return /^Signature is valid/m.test(await run("--verify", "--mechanism", mechanism, "--id", keyId, ...files));
      }),
    async generateKeyPair(keyType, keyId, label) {
      await run("--keypairgen", "--key-type", keyType, "--id", keyId, "--label", label);
    },
    read: (kind, keyId) =>
      withFiles(new Uint8Array(), undefined, async ({ output }) => {
        await run("--read-object", "--type", kind, "--id", keyId, "--output-file", output);
        return readFile(output);
      }),
    write: (kind, der, keyId, label) =>
      withFiles(der, undefined, async ({ input }) => {
        await run("--write-object", input, "--type", kind, "--id", keyId, "--label", label);
      }),
  };
}

async function withFiles<T>(
  input: Uint8Array,
  second: Uint8Array | undefined,
  work: (files: { readonly input: string; readonly output: string }) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "keystead-witness-"));
  try {
    const files = { input: join(folder, "in"), output: join(folder, "out") };
    await writeFile(files.input, input);
    if (second !== undefined) await writeFile(files.output, second);
    return await work(files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Its listing: a head line `Private Key Object; EC`, then indented `name: value` lines. */
function parseObjects(text: string): WitnessObject[] {
  return text.split(/^(?=\S)/m).flatMap((block) => {
    const head = /^(\S[^;\n]*Object)(?:[;,] *([^\n]*))?/.exec(block);
    if (head === null) return [];
    const field = (name: string) => new RegExp(`^\\s+${name}: *(.*)$`, "m").exec(block)?.[1]?.trim() ?? "";
    const list = (name: string) =>
      field(name)
        .split(", ")
        .filter((word) => word !== "" && word !== "none");
    return [
      {
        kind: head[1] ?? "",
        type: (head[2] ?? "").trim(),
        label: field("label"),
        id: field("ID"),
        usage: list("Usage"),
        access: list("Access"),
      },
    ];
  });
}
