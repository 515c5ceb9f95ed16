import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type AddressClaim, claimAddress, isPortFree } from "./addresses.ts";
import { fleetUnavailable, SYSTEM_PATH } from "./availability.ts";
import { type Account, type HostKeyType, type Machine, MachineProcess } from "./machine.ts";

export { fleetUnavailable } from "./availability.ts";
export type { Account, ExecResult, HostKeyFacts, HostKeyType, Machine } from "./machine.ts";

/**
 * Real, isolated, throw-away SSH servers on loopback addresses, as many as asked for; about 3 MB and 0.1 s each. Used by the
 * integration tests and by the demonstration. Needs root on Linux: see `fleetUnavailable`.
 */
export interface Fleet extends AsyncDisposable {
  readonly machines: readonly Machine[];
  /** Ends every machine and waits until the kernel has taken back its processes, mounts and addresses. */
  stop(): Promise<void>;
}

export interface MachineOptions {
  /** Host name; default `server-1`, `server-2` … */
  readonly name?: string;
  /** Default 22, or 2222 when another program holds port 22 on every address. */
  readonly port?: number;
  /** Replaces /etc/ssh/sshd_config (default: Debian's file with `PermitRootLogin yes`). */
  readonly mainConfig?: string;
  /** Files of /etc/ssh/sshd_config.d by name. */
  readonly dropIns?: Readonly<Record<string, string>>;
  /** Text of an account's ~/.ssh/authorized_keys. */
  readonly authorizedKeys?: Partial<Readonly<Record<Account, string>>>;
  /** Default: random, another one for each account and machine. */
  readonly passwords?: Partial<Readonly<Record<Account, string>>>;
  /** Default: all three; without RSA in a fleet of more than four, where making them would take most of the time. */
  readonly hostKeyTypes?: readonly HostKeyType[];
  /** What the server has to reload sshd: the systemctl shim (default), Debian's `service`, or neither. */
  readonly reloadTool?: "systemctl" | "service" | "none";
  /** tmpfs sizes as mount(8) reads them (`64k`), for full disks: /, /root and /home. */
  readonly sizes?: { readonly root?: string; readonly rootHome?: string; readonly home?: string };
}

/** A function gives every machine (counted from 0) options of its own. */
export type FleetOptions = MachineOptions | ((index: number) => MachineOptions);

const HOMES: Readonly<Record<Account, string>> = { root: "/root", ops: "/home/ops", plain: "/home/plain" };
const ACCOUNTS = ["root", "ops", "plain"] as const;
const ALL_TYPES: readonly HostKeyType[] = ["ed25519", "ecdsa", "rsa"];
const WITHOUT_RSA: readonly HostKeyType[] = ["ed25519", "ecdsa"];

export async function startFleet(count: number, options: FleetOptions = {}): Promise<Fleet> {
  const reason = fleetUnavailable();
  if (reason !== undefined) throw new Error(reason);
  const wanted = Array.from({ length: count }, (_, index) => {
    const own = typeof options === "function" ? options(index) : options;
    const passwords = { root: password(), ops: password(), plain: password(), ...own.passwords };
    return { name: `server-${index + 1}`, hostKeyTypes: count > 4 ? WITHOUT_RSA : ALL_TYPES, ...own, passwords };
  });
  const hashes = await crypt(wanted.flatMap(({ passwords }) => ACCOUNTS.map((account) => passwords[account])));

  const started = await Promise.allSettled(
    wanted.map((machine, index) => startMachine(machine, hashes.slice(index * ACCOUNTS.length))),
  );
  const running = started.filter((one) => one.status === "fulfilled").map((one) => one.value);
  const stop = async () => {
    await Promise.all(running.map(({ machine, claim }) => machine.destroy().then(() => claim.release())));
  };
  const failed = started.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { machines: running.map(({ machine }) => machine), stop, [Symbol.asyncDispose]: stop };
}

interface WantedMachine extends MachineOptions {
  readonly name: string;
  readonly passwords: Readonly<Record<Account, string>>;
  readonly hostKeyTypes: readonly HostKeyType[];
}

/** Takes another address when sshd cannot bind: a fleet killed a moment ago may still be going down on this one. */
async function startMachine(
  wanted: WantedMachine,
  hashes: readonly string[],
): Promise<{ machine: MachineProcess; claim: AddressClaim }> {
  const [root = "*", ops = "*", plain = "*"] = hashes;
  for (let attempt = 1; ; attempt++) {
    const claim = await claimAddress();
    try {
      const port = wanted.port ?? ((await isPortFree(claim.address, 22)) ? 22 : 2222);
      const machine = await MachineProcess.boot({
        name: wanted.name,
        address: claim.address,
        port,
        passwords: wanted.passwords,
        hashes: { root, ops, plain },
        hostKeyTypes: wanted.hostKeyTypes,
        reloadTool: wanted.reloadTool ?? "systemctl",
        sizes: wanted.sizes ?? {},
        files: filesOf(wanted),
      });
      return { machine, claim };
    } catch (error) {
      await claim.release();
      const inUse = error instanceof Error && error.message.includes("Address already in use");
      if (!inUse || attempt === 5) throw error;
    }
  }
}

function filesOf(wanted: WantedMachine): { path: string; mode: string; owner: string; content: string }[] {
  const files = [];
  if (wanted.mainConfig !== undefined) {
    files.push({ path: "/etc/ssh/sshd_config", mode: "644", owner: "root:root", content: wanted.mainConfig });
  }
  for (const [name, content] of Object.entries(wanted.dropIns ?? {})) {
    files.push({ path: `/etc/ssh/sshd_config.d/${name}`, mode: "600", owner: "root:root", content });
  }
  for (const account of ACCOUNTS) {
    const content = wanted.authorizedKeys?.[account];
    if (content === undefined) continue;
    files.push({
      path: `${HOMES[account]}/.ssh/authorized_keys`,
      mode: "600",
      owner: `${account}:${account}`,
      content,
    });
  }
  return files;
}

function password(): string {
  return `pw-${randomBytes(9).toString("base64url")}`;
}

/** SHA-256 crypt(3) of each password, in order: one process for the whole fleet, secrets on standard input. */
function crypt(passwords: readonly string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = execFile("openssl", ["passwd", "-5", "-stdin"], { env: { PATH: SYSTEM_PATH } }, (error, stdout) => {
      if (error !== null) reject(error);
      else resolve(stdout.trim().split("\n"));
    });
    child.stdin?.end(`${passwords.join("\n")}\n`);
  });
}

/** A fleet whose machines have names of the test's own choosing. */
export async function startNamedFleet<Name extends string>(
  wanted: Readonly<Record<Name, MachineOptions>>,
): Promise<Fleet & { readonly named: Readonly<Record<Name, Machine>> }> {
  const names = Object.keys(wanted) as Name[];
  const fleet = await startFleet(names.length, (index) => wanted[names[index] as Name]);
  const named = Object.fromEntries(names.map((name, index) => [name, fleet.machines[index]]));
  return Object.assign(fleet, { named: named as Record<Name, Machine> });
}
