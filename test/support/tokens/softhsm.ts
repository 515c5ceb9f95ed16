import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram, isThere, runProgram, sayOnce } from "./programs.ts";

const MODULES = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/pkcs11/libsofthsm2.so",
  "/usr/lib/pkcs11/libsofthsm2.so",
  "/usr/local/lib/softhsm/libsofthsm2.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

export interface SoftHsmToken {
  readonly label: string;
  /** 16 hex digits, as C_GetTokenInfo gives it. */
  readonly serial: string;
  /** Where its objects are kept. */
  readonly folder: string;
}

/** A SoftHSM of its own: no other test sees its tokens, because they are in its own directory. */
export interface SoftHsm {
  /** Absolute path of the library. */
  readonly module: string;
  /** What a process must have in its environment before it loads the library. */
  readonly env: Readonly<{ SOFTHSM2_CONF: string }>;
  readonly folder: string;
  /** An initialised token with its user PIN set. There is always one more slot, with a fresh token in it. */
  addToken(label: string, soPin: string, userPin: string): Promise<SoftHsmToken>;
  /** The tokens that are in. */
  serials(): Promise<readonly string[]>;
  /** Takes the token's directory away under the running module: what SoftHSM has instead of pulling out. */
  pullOut(serial: string): Promise<void>;
  /** Puts it back. A process that has already started shows it only after another C_Initialize. */
  putIn(serial: string): Promise<void>;
  /** Sets bits of CK_TOKEN_INFO.flags as another program would have left them: SoftHSM itself never says FINAL_TRY or LOCKED. */
  raiseFlags(serial: string, bits: number): Promise<void>;
  dispose(): Promise<void>;
}

export interface SoftHsmOptions {
  /** `slots.removable`: the slots then say REMOVABLE_DEVICE. */
  readonly removable?: boolean;
  /** `slots.mechanisms`, e.g. `-CKM_AES_KEY_WRAP_PAD,CKM_EDDSA` (all but these): a module that can do less. */
  readonly mechanisms?: string;
}

/** Why SoftHSM cannot run here, or `undefined`. The first time that it cannot, it says so on standard error. */
export function softHsmUnavailable(): string | undefined {
  if (softHsmModule() === undefined) return sayOnce("No SoftHSM here: install the package softhsm2.");
  if (!hasProgram("softhsm2-util")) return sayOnce("No softhsm2-util here: install the package softhsm2.");
  return undefined;
}

export async function startSoftHsm(options: SoftHsmOptions = {}): Promise<SoftHsm> {
  const module = softHsmModule();
  if (module === undefined) throw new Error("SoftHSM is not installed; ask softHsmUnavailable() first");
  const folder = await mkdtemp(join(tmpdir(), "keystead-softhsm-"));
  const tokens = join(folder, "tokens");
  const away = join(folder, "away");
  await mkdir(tokens, { mode: 0o700 });
  await mkdir(away, { mode: 0o700 });
  const conf = join(folder, "softhsm2.conf");
  await writeFile(conf, configuration(tokens, options));
  const env = { SOFTHSM2_CONF: conf };

  // SoftHSM writes the serial inside the token's objects, but makes it of the last 16 digits of the directory's UUID.
  const named = async (parent: string) =>
    (await readdir(parent)).map((name) => ({ name, serial: name.replaceAll("-", "").slice(-16) }));
  const move = async (serial: string, from: string, to: string) => {
    const found = (await named(from)).find((token) => token.serial === serial);
    if (found === undefined) throw new Error(`no token ${serial} in ${from}`);
    await rename(join(from, found.name), join(to, found.name));
  };

  return {
    module,
    env,
    folder,
    async addToken(label, soPin, userPin) {
      const before = new Set((await named(tokens)).map((token) => token.name));
      const args = ["--init-token", "--free", "--label", label, "--so-pin", soPin, "--pin", userPin];
      await runProgram("softhsm2-util", ["--module", module, ...args], env);
      const added = (await named(tokens)).find((token) => !before.has(token.name));
      if (added === undefined) throw new Error("softhsm2-util has made no token");
      return { label, serial: added.serial, folder: join(tokens, added.name) };
    },
    serials: async () => (await named(tokens)).map((token) => token.serial),
    pullOut: (serial) => move(serial, tokens, away),
    putIn: (serial) => move(serial, away, tokens),
    raiseFlags: async (serial, bits) => {
      const found = (await named(tokens)).find((token) => token.serial === serial);
      await raiseFlagsIn(join(tokens, found?.name ?? "", "token.object"), bits);
    },
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** The library's path, or `undefined` where it is not installed. */
export function softHsmModule(): string | undefined {
  return MODULES.find((path) => existsSync(path) && isThere(path));
}

/** CKA_OS_TOKENFLAGS and that it is a number, as SoftHSM writes them: 64-bit words, the highest byte first. */
const TOKEN_FLAGS = Buffer.from("000000008000534b0000000000000002", "hex");

async function raiseFlagsIn(file: string, bits: number): Promise<void> {
  const bytes = await readFile(file);
  const at = bytes.indexOf(TOKEN_FLAGS);
  if (at < 0) throw new Error(`${file} holds no token flags`);
  const value = at + TOKEN_FLAGS.length;
  bytes.writeBigUInt64BE(bytes.readBigUInt64BE(value) | BigInt(bits), value);
  // The first word counts the writes: by it a running library sees that the file is another one.
  bytes.writeBigUInt64BE(bytes.readBigUInt64BE(0) + 1n, 0);
  await writeFile(file, bytes);
}

function configuration(tokens: string, options: SoftHsmOptions): string {
  return [
    `directories.tokendir = ${tokens}`,
    "objectstore.backend = file",
    "log.level = ERROR",
    `slots.removable = ${options.removable === true}`,
    // SoftHSM 2.6.1 does not see the first name behind the minus, so that place stays empty.
    `slots.mechanisms = ${options.mechanisms?.replace(/^-/, "-,") ?? "ALL"}`,
    "library.reset_on_fork = false",
    "",
  ].join("\n");
}
