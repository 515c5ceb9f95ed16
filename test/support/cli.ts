import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const SCRIPT = resolve(import.meta.dirname, "../../scripts/keystead");

/** Whatever JSON the process wrote: a test looks at the few fields it is about. */
// biome-ignore lint/suspicious/noExplicitAny: the answers of all operations have nothing in common
type Json = any;

export interface CliRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What stands on standard output, read as JSON. */
  readonly result: Json;
  /** The error of a call that failed: the last line of standard error. */
  readonly error: Json;
}

export interface CliOptions {
  readonly input?: string | Buffer;
  /** Texts that the process finds on descriptors 3, 4 … */
  readonly descriptors?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onStart?: (child: ChildProcess) => void;
  /** What bash makes of the call instead, which is `"$0" "$@"` there: where a test is about a pipe or a redirection. */
  readonly bash?: string;
}

/** A vault folder of its own, its password in a file, and real `scripts/keystead` processes on it. */
export class CliBench implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "keystead-cli-"));
  readonly home = join(this.folder, "vault");
  readonly password = "a long enough passphrase for tests";
  readonly passwordFile = this.secretFile("password", this.password);

  secretFile(name: string, text: string, mode = 0o600): string {
    const path = join(this.folder, name);
    writeFileSync(path, `${text}\n`);
    chmodSync(path, mode);
    return path;
  }

  start(args: readonly string[], options: CliOptions = {}): ChildProcess {
    const { bash } = options;
    const command = bash === undefined ? args : ["-o", "pipefail", "-c", bash, SCRIPT, ...args];
    const child = spawn(bash === undefined ? SCRIPT : "bash", command, {
      env: { PATH: process.env.PATH, HOME: this.folder, KEYSTEAD_HOME: this.home, ...options.env },
      stdio: ["pipe", "pipe", "pipe", ...(options.descriptors ?? []).map(() => "pipe" as const)],
      // Without a terminal of its own, as a script or a service has none: nothing can be asked.
      detached: true,
    });
    for (const [index, text] of (options.descriptors ?? []).entries()) {
      const pipe = child.stdio[3 + index];
      if (!pipe || !("end" in pipe)) continue;
      pipe.on("error", () => undefined);
      pipe.end(text);
    }
    // A process that refuses its arguments does not wait for what we have to say.
    child.stdin?.on("error", () => undefined);
    options.onStart?.(child);
    return child;
  }

  run(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    const child = this.start(args, options);
    child.stdin?.end(options.input ?? "");
    return finished(child);
  }

  /** `run` with the vault's password; throws when it fails. Gives the result. */
  async must(...args: readonly string[]): Promise<Json> {
    const run = await this.unlocked(args);
    if (run.status !== 0) throw new Error(`keystead ${args.join(" ")}: ${run.status} ${run.stderr}`);
    return run.result;
  }

  unlocked(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    return this.run([...args, "--vault-password-file", this.passwordFile], options);
  }

  create(): Promise<CliRun> {
    return this.run([
      "vault",
      "create",
      "--name",
      "Bureau",
      "--user-name",
      "officer",
      "--password-file",
      this.passwordFile,
    ]);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function finished(child: ChildProcess): Promise<CliRun> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => {
      const stdout = Buffer.concat(out).toString();
      const stderr = Buffer.concat(err).toString();
      resolve({
        status,
        stdout,
        stderr,
        result: jsonIn(stdout),
        error: jsonIn(stderr.trim().split("\n").at(-1) ?? ""),
      });
    });
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // several lines, or help: the test looks at the text
  }
}
