import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { MACHINE_SCRIPT, SYSTEM_PATH, UNSHARE } from "./availability.ts";

export type Account = "root" | "ops" | "plain";
export type HostKeyType = "ed25519" | "ecdsa" | "rsa";

export interface HostKeyFacts {
  /** e.g. `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  readonly algorithm: string;
  /** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** RFC 4253 wire format, base64. */
  readonly blob: string;
}

export interface ExecResult {
  /** Exit status; -1 when the command was ended by a signal. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One running server. Accounts: `root`, `ops` (sudo with its password), `plain` (no sudo). */
export interface Machine {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly passwords: Readonly<Record<Account, string>>;
  readonly hostKeyFingerprints: readonly HostKeyFacts[];
  /** PID 1 of the machine, as the computer outside numbers it. */
  readonly pid: number;
  /** Runs a bash command line inside, as root, without going through SSH. */
  exec(command: string, stdin?: string | Uint8Array): Promise<ExecResult>;
  /** Like `exec`, but throws when the status is not 0; gives standard output. */
  must(command: string): Promise<string>;
  /** Parents are made; the owner is root. `mode` is octal text, default `644`. */
  writeFile(path: string, content: string | Uint8Array, mode?: string): Promise<void>;
  readFile(path: string): Promise<string>;
  /** What sshd wrote to its log so far. */
  log(): Promise<string>;
  /** Power off: every process ends, the port refuses, the disk stays as it is. */
  stop(): Promise<void>;
  /** Power on after `stop`. */
  start(): Promise<void>;
  /** Every process stops answering; the kernel still accepts connections (a hung server). */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface MachineSetup {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly passwords: Readonly<Record<Account, string>>;
  /** crypt(3) hashes of the passwords. */
  readonly hashes: Readonly<Record<Account, string>>;
  readonly hostKeyTypes: readonly HostKeyType[];
  readonly reloadTool: "systemctl" | "service" | "none";
  readonly sizes: { readonly root?: string; readonly rootHome?: string; readonly home?: string };
  /** Written before sshd starts, in this order. */
  readonly files: readonly { path: string; mode: string; owner: string; content: string }[];
}

const BOOT_DEADLINE_MS = 30_000;
const EXEC_DEADLINE_MS = 60_000;
const PIPE_GRACE_MS = 300;

/** The machine's process seen from outside; `machine.sh` is its inside. */
export class MachineProcess implements Machine {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly passwords: Readonly<Record<Account, string>>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #hostKeys: HostKeyFacts[] = [];
  readonly #exited: Promise<void>;
  #pid = 0;
  #errorText = "";
  #waiting: { readonly word: string; resolve(): void; reject(error: Error): void } | undefined;

  private constructor(setup: MachineSetup) {
    this.name = setup.name;
    this.host = setup.address;
    this.port = setup.port;
    this.passwords = setup.passwords;
    // Two ropes: machine.sh ends when its standard input closes, and the kernel kills `unshare` when this thread dies.
    this.#child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...UNSHARE, "/bin/bash", MACHINE_SCRIPT], {
      stdio: ["pipe", "pipe", "pipe"],
      cwd: "/",
      env: environmentOf(setup),
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once("close", () => {
        this.#fail(new Error(`machine ${this.name} ended: ${this.#errorText.trim()}`));
        resolve();
      });
    });
    this.#child.once("error", (error) => this.#fail(error));
    this.#child.stdin.on("error", (error) => this.#fail(error));
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#errorText = (this.#errorText + chunk.toString()).slice(-4000);
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#onLine(line));
  }

  /** Builds the machine and boots it; rejects with sshd's own words when it does not come up. */
  static async boot(setup: MachineSetup): Promise<MachineProcess> {
    const machine = new MachineProcess(setup);
    try {
      await machine.#expect("built");
      for (const { path, mode, owner, content } of setup.files) {
        machine.#child.stdin.write(`file ${mode} ${owner} ${path} ${Buffer.from(content).toString("base64")}\n`);
      }
      await machine.start();
      return machine;
    } catch (error) {
      await machine.destroy();
      throw error;
    }
  }

  get pid(): number {
    return this.#pid;
  }

  get hostKeyFingerprints(): readonly HostKeyFacts[] {
    return this.#hostKeys;
  }

  exec(command: string, stdin: string | Uint8Array = ""): Promise<ExecResult> {
    const namespaces = ["--mount", "--pid", "--uts", "--ipc", "--root", "--wd"];
    const shell = ["/usr/bin/env", "-i", `PATH=${SYSTEM_PATH}`, "HOME=/root", "LC_ALL=C", "/bin/bash", "-c", command];
    const child = spawn("nsenter", ["--target", String(this.#pid), ...namespaces, "--", ...shell], {
      stdio: ["pipe", "pipe", "pipe"],
      timeout: EXEC_DEADLINE_MS,
      killSignal: "SIGKILL",
    });
    return new Promise((resolve, reject) => {
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
      child.stdin.on("error", () => undefined); // a command that does not read its input closes it early
      child.once("error", reject);
      const finish = (status: number | null) => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({
          status: status ?? -1,
          stdout: Buffer.concat(stdout).toString("utf8"),
          stderr: Buffer.concat(stderr).toString("utf8"),
        });
      };
      child.once("close", finish);
      // A background process started by the command may hold the pipes open for ever: do not wait for them long.
      child.once("exit", (status) => setTimeout(finish, PIPE_GRACE_MS, status).unref());
      child.stdin.end(stdin);
    });
  }

  async must(command: string): Promise<string> {
    const result = await this.exec(command);
    if (result.status !== 0) {
      throw new Error(`on ${this.name}: ${command}\nended with ${result.status}: ${result.stderr || result.stdout}`);
    }
    return result.stdout;
  }

  async writeFile(path: string, content: string | Uint8Array, mode = "644"): Promise<void> {
    const target = quoted(path);
    const result = await this.exec(
      `mkdir -p "$(dirname ${target})" && cat > ${target} && chmod ${mode} ${target}`,
      content,
    );
    if (result.status !== 0) throw new Error(`on ${this.name}: cannot write ${path}: ${result.stderr}`);
  }

  readFile(path: string): Promise<string> {
    return this.must(`cat -- ${quoted(path)}`);
  }

  log(): Promise<string> {
    return this.must("cat /var/log/sshd.log 2>/dev/null || true");
  }

  async stop(): Promise<void> {
    this.#child.stdin.write("off\n");
    await this.#expect("off");
  }

  async start(): Promise<void> {
    this.#child.stdin.write("boot\n");
    await this.#expect("ready");
  }

  async pause(): Promise<void> {
    await this.exec("kill -STOP -1");
  }

  async resume(): Promise<void> {
    await this.exec("kill -CONT -1");
  }

  /** Ends the machine for good; resolves when the kernel has taken back its processes and mounts. */
  async destroy(): Promise<void> {
    this.#child.stdin.end();
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 3000);
    await this.#exited;
    clearTimeout(late);
  }

  #onLine(line: string): void {
    const [word = "", rest = ""] = splitOnce(line);
    if (word === "pid") this.#pid = Number(rest);
    else if (word === "hostkey") this.#hostKeys.push(hostKeyFacts(rest));
    else if (word === "failed") this.#fail(new Error(`sshd on ${this.name} did not start: ${rest}`));
    else if (word === this.#waiting?.word) {
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
  }

  #expect(word: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => this.#fail(new Error(`machine ${this.name} did not answer "${word}": ${this.#errorText.trim()}`)),
        BOOT_DEADLINE_MS,
      );
      const settled = <A extends unknown[]>(then: (...args: A) => void) => {
        return (...args: A) => {
          clearTimeout(late);
          then(...args);
        };
      };
      this.#waiting = { word, resolve: settled(resolve), reject: settled(reject) };
    });
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

function environmentOf(setup: MachineSetup): NodeJS.ProcessEnv {
  const { sizes, hashes } = setup;
  return {
    PATH: SYSTEM_PATH,
    MACHINE_NAME: setup.name,
    MACHINE_ADDRESS: setup.address,
    MACHINE_PORT: String(setup.port),
    MACHINE_HOST_KEYS: setup.hostKeyTypes.join(" "),
    MACHINE_RELOAD_TOOL: setup.reloadTool,
    MACHINE_HASH_root: hashes.root,
    MACHINE_HASH_ops: hashes.ops,
    MACHINE_HASH_plain: hashes.plain,
    ...(sizes.root !== undefined && { MACHINE_ROOT_SIZE: sizes.root }),
    ...(sizes.rootHome !== undefined && { MACHINE_ROOT_HOME_SIZE: sizes.rootHome }),
    ...(sizes.home !== undefined && { MACHINE_HOME_SIZE: sizes.home }),
  };
}

function hostKeyFacts(publicLine: string): HostKeyFacts {
  const [algorithm = "", blob = ""] = publicLine.split(" ");
  const digest = createHash("sha256").update(Buffer.from(blob, "base64")).digest("base64");
  return { algorithm, blob, fingerprint: `SHA256:${digest.replace(/=+$/, "")}` };
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf(" ");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
