import { type ChildProcess, spawn } from "node:child_process";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CardSocket, READER_PORT } from "./card-socket.ts";
import { PivCard, type PivKey } from "./piv-card.ts";
import { hasProgram, runProgram, sayOnce } from "./programs.ts";

const OPENSC = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"]
  .map((folder) => `${folder}/opensc-pkcs11.so`)
  .find((path) => existsSync(path));
const DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
/** A USB token that is really inserted and removed, as far as PC/SC and OpenSC can tell. */
export interface VirtualUsb {
  /** OpenSC's library. */
  readonly module: string;
  /** For a process before it loads the library: where its own PC/SC daemon and OpenSC configuration are. */
  readonly env: Readonly<{ PCSCLITE_CSOCK_NAME: string; OPENSC_CONF: string }>;
  readonly card: PivCard;
  readonly pin: string;
  readonly puk: string;
  readonly inserted: boolean;
  /** Resolves when the reader has powered the card: within about half a second, but a second after a removal at the earliest. */
  insert(): Promise<void>;
  /** The reader notices within about half a second; a command under way gets no answer. */
  remove(): Promise<void>;
  /** The next command with this instruction byte finds the card pulled out; 0x87 is a private key's operation, 0x20 the PIN. */
  pullOutAt(instruction: number): void;
  dispose(): Promise<void>;
}

export interface VirtualUsbOptions {
  readonly pin?: string;
  readonly puk?: string;
  readonly tries?: number;
  /** OpenSC makes it the token's label. */
  readonly holder?: string;
}

/** Why there can be no virtual USB token here, or `undefined`. The first time it says so on standard error. */
export function virtualUsbUnavailable(): string | undefined {
  const reason = (text: string) => sayOnce(`No virtual USB token here: ${text}.`);
  if (process.platform !== "linux") return reason("PC/SC's virtual reader is used under Linux only");
  if (process.getuid?.() !== 0)
    return reason("the PC/SC daemon needs a mount and a network namespace of its own, so run as root");
  if (!hasProgram("pcscd")) return reason("install the package pcscd");
  if (!hasProgram("unshare") || !hasProgram("setpriv") || !hasProgram("nsenter"))
    return reason("install the package util-linux");
  if (!hasProgram("ip") || !hasProgram("openssl")) return reason("install the packages iproute2 and openssl");
  if (!existsSync(DRIVER)) return reason("install the package vsmartcard-vpcd");
  if (OPENSC === undefined) return reason("install the package opensc-pkcs11");
  return undefined;
}

/**
 * One reader with one PIV card (9a RSA-2048, 9c P-256, 9d RSA-2048), not inserted yet, behind a PC/SC daemon of its own.
 *
 * Debian's pcscd has its socket's path compiled in, so it runs in a mount namespace where that path is the test's folder;
 * a socket with a path is reached from outside all the same. The reader driver listens on every address, so the daemon has a
 * network namespace too: its port clashes with nobody's, and no stranger inserts a card.
 */
export async function startVirtualUsb(options: VirtualUsbOptions = {}): Promise<VirtualUsb> {
  if (OPENSC === undefined) throw new Error("OpenSC's library is not installed; ask virtualUsbUnavailable() first");
  const pin = options.pin ?? "123456";
  const puk = options.puk ?? "12345678";
  const folder = await mkdtemp(join(tmpdir(), "keystead-usb-"));
  const card = new PivCard({
    keys: await makeKeys(folder, options.holder ?? "Virtual USB"),
    pin,
    puk,
    tries: options.tries ?? 3,
  });
  const daemon = await startDaemon(folder).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const reader = new CardSocket(card, daemon);
  return {
    module: OPENSC,
    env: { PCSCLITE_CSOCK_NAME: join(folder, "run", "pcscd.comm"), OPENSC_CONF: join(folder, "opensc.conf") },
    card,
    pin,
    puk,
    get inserted() {
      return reader.inserted;
    },
    insert: () => reader.insert(),
    remove: () => reader.remove(),
    pullOutAt: (instruction) => reader.pullOutAt(instruction),
    async dispose() {
      await reader.remove();
      await stop(daemon);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startDaemon(folder: string): Promise<ChildProcess> {
  const run = join(folder, "run");
  const readers = join(folder, "readers");
  await mkdir(run);
  await mkdir(readers);
  const port = `0x${READER_PORT.toString(16).toUpperCase()}`;
  const reader = [
    'FRIENDLYNAME "Virtual reader"',
    `DEVICENAME /dev/null:${port}`,
    `LIBPATH ${DRIVER}`,
    `CHANNELID ${port}`,
  ];
  await writeFile(join(readers, "vpcd"), `${reader.join("\n")}\n`);
  // A cache in the home folder would show one test another's card.
  await writeFile(join(folder, "opensc.conf"), "app default { framework pkcs15 { use_file_caching = no; } }\n");
  const script = [
    "ip link set lo up",
    "mount -t tmpfs none /run",
    "mkdir /run/pcscd",
    'mount --bind "$1" /run/pcscd',
    'exec pcscd --foreground --config "$2"',
  ].join(" && ");
  // The daemon must not outlive a test process that is killed.
  const unshare = ["--pdeathsig", "KILL", "unshare", "--mount", "--net", "--fork", "--kill-child=KILL"];
  const daemon = spawn("setpriv", [...unshare, "sh", "-c", script, "sh", run, readers], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  const keep = (text: Buffer) => {
    log = `${log}${text}`.slice(-4000);
  };
  daemon.stdout.on("data", keep);
  daemon.stderr.on("data", keep);
  for (let tries = 0; !existsSync(join(run, "pcscd.comm")); tries++) {
    if (daemon.exitCode !== null || tries > 400) {
      await stop(daemon);
      throw new Error(`pcscd has not started: ${log}`);
    }
    await sleep(25);
  }
  return daemon;
}

/** Killing unshare kills the daemon, and its mounts and network end with the namespaces. */
function stop(daemon: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (daemon.exitCode !== null || daemon.signalCode !== null) return resolve();
    daemon.once("exit", () => resolve());
    daemon.kill("SIGKILL");
  });
}

async function makeKeys(folder: string, holder: string): Promise<PivKey[]> {
  const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const ec = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const pairs = [
    ["9a", rsa()],
    ["9c", ec()],
    ["9d", rsa()],
  ] as const;
  const keys: PivKey[] = [];
  for (const [place, made] of pairs) {
    const pem = join(folder, `${place}.pem`);
    const crt = join(folder, `${place}.crt`);
    await writeFile(pem, made.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    const subject = ["-subj", `/CN=${holder}`, "-days", "3650"];
    await runProgram("openssl", ["req", "-x509", "-new", "-key", pem, ...subject, "-outform", "DER", "-out", crt]);
    keys.push({ place, key: createPrivateKey(await readFile(pem)), certificate: await readFile(crt) });
  }
  return keys;
}
