import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram, runProgram, sayOnce } from "./programs.ts";

const MODULES = [
  "/usr/lib/x86_64-linux-gnu/libsoftokn3.so",
  "/usr/lib/aarch64-linux-gnu/libsoftokn3.so",
  "/usr/lib64/libsoftokn3.so",
];

/** NSS's software token in a directory of its own: a second dialect of PKCS#11. */
export interface NssToken {
  readonly module: string;
  /** For C_Initialize, as the library has no other way to learn where its database is; so pkcs11-tool cannot be its witness. */
  readonly libraryParameters: string;
  readonly folder: string;
  /** Slot 2 holds keys; slot 1 is for session objects without log-in. */
  readonly slotId: "2";
  /** NSS never takes another label. */
  readonly label: "NSS Certificate DB";
  readonly userPin: string;
  /** The security officer's PIN is empty until the user's PIN is set, and C_InitToken erases at any time. */
  readonly soPin: "";
  /** What NSS's own certutil sees: one line a private key, with its CKA_ID in hex and its label. */
  privateKeys(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

export function nssUnavailable(): string | undefined {
  if (nssModule() === undefined) return sayOnce("No NSS softokn here: install the package libnss3.");
  if (!hasProgram("certutil")) return sayOnce("No certutil here: install the package libnss3-tools.");
  return undefined;
}

/** With `userPin` the database is initialised; without, its PIN is still to be set. */
export async function startNss(options: { readonly userPin?: string } = { userPin: "nss-pin-1" }): Promise<NssToken> {
  const module = nssModule();
  if (module === undefined) throw new Error("NSS softokn is not installed; ask nssUnavailable() first");
  const folder = await mkdtemp(join(tmpdir(), "keystead-nss-"));
  const userPin = options.userPin ?? "";
  if (userPin !== "") {
    await withPin(folder, userPin, (file) => runProgram("certutil", ["-N", "-d", `sql:${folder}`, "-f", file]));
  }
  const libraryParameters = `configdir='sql:${folder}' certPrefix='' keyPrefix='' secmod='secmod.db' flags= `;
  return {
    module,
    libraryParameters,
    folder,
    slotId: "2",
    label: "NSS Certificate DB",
    userPin,
    soPin: "",
    async privateKeys() {
      // 255 is its way to say that there are none.
      const listed = await withPin(folder, userPin, (file) =>
        runProgram("certutil", ["-K", "-d", `sql:${folder}`, "-f", file], {}, 60_000, [0, 255]),
      );
      if (
        !`${listed.stdout}${listed.stderr}`.includes("NSS Certificate DB") &&
        !listed.stderr.includes("no keys found")
      ) {
        throw new Error(`certutil cannot read the database: ${listed.stderr}`);
      }
      return listed.stdout.split("\n").filter((line) => /^< *\d+>/.test(line));
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

async function withPin<T>(folder: string, pin: string, work: (file: string) => Promise<T>): Promise<T> {
  const file = join(folder, "pin");
  await writeFile(file, `${pin}\n`, { mode: 0o600 });
  try {
    return await work(file);
  } finally {
    await rm(file);
  }
}

export function nssModule(): string | undefined {
  return MODULES.find((path) => existsSync(path));
}
