import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram, sayOnce } from "#test/support/tokens/programs.ts";

const SOURCE = join(import.meta.dirname, "hostile.c");
const HEADERS = join(import.meta.dirname, "../../../node_modules/pkcs11js/includes");

/** What the module should do from now on; see the list in `hostile.c`. */
export type Misbehaviour = Readonly<Record<string, string | number>>;

/** A PKCS#11 module of our own that crashes, hangs and lies on demand: one slot, PINs below, one object. */
export interface HostileModule {
  readonly module: string;
  readonly env: Readonly<{ HOSTILE_CONTROL: string; HOSTILE_LABEL: string; HOSTILE_LOG: string }>;
  readonly userPin: "1234";
  readonly soPin: "87654321";
  /** Replaces what it did before; takes effect with its next call. */
  behave(how: Misbehaviour): Promise<void>;
  /** The 32 bytes that C_InitToken was given last. */
  labelBytes(): Promise<Buffer>;
  /** Every call with a PIN that has reached the module, in order: `C_Login H1`. */
  pinCalls(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

/** Why it cannot be built here, or `undefined`. The first time it says so on standard error. */
export function hostileModuleUnavailable(): string | undefined {
  if (process.platform !== "linux") return sayOnce("No hostile module here: it is built for Linux.");
  if (!hasProgram("gcc")) return sayOnce("No hostile module here: install the package gcc.");
  if (!existsSync(HEADERS)) return sayOnce("No hostile module here: pkcs11js brings its headers and is not installed.");
  return undefined;
}

export async function buildHostileModule(how: Misbehaviour = {}): Promise<HostileModule> {
  const folder = await mkdtemp(join(tmpdir(), "keystead-hostile-"));
  const module = join(folder, "libhostile.so");
  execFileSync("gcc", ["-shared", "-fPIC", "-O1", "-w", `-I${HEADERS}`, "-o", module, SOURCE]);
  const control = join(folder, "control");
  const label = join(folder, "label");
  const behave = async (now: Misbehaviour): Promise<void> => {
    const lines = Object.entries(now).map(([key, value]) => `${key}=${value}\n`);
    // Renamed into place: the module must never read half a file.
    await writeFile(`${control}.new`, lines.join(""));
    await rename(`${control}.new`, control);
  };
  const log = join(folder, "log");
  await writeFile(log, "");
  await behave(how);
  return {
    module,
    env: { HOSTILE_CONTROL: control, HOSTILE_LABEL: label, HOSTILE_LOG: log },
    userPin: "1234",
    soPin: "87654321",
    behave,
    labelBytes: () => readFile(label),
    pinCalls: async () => (await readFile(log, "utf8")).split("\n").filter((line) => line !== ""),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
