import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const CHILD_KERNEL = join(import.meta.dirname, "child-kernel-script.ts");
const COMPILED = join(tmpdir(), `keystead-compiled-${process.getuid?.() ?? "user"}`);

/** The application in a process of its own, so that it can be killed. What it prints is what it has acknowledged. */
export class ChildKernel implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, () => void>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new TypeError("no standard output");
    const reader = createInterface({ input: child.stdout });
    reader.on("line", (line) => {
      this.lines.push(line);
      this.#waiting.get(line.split(" ")[0] ?? "")?.();
    });
    // Whatever it wrote before it died is read to the end: an acknowledgement in the pipe counts.
    this.ended = Promise.all([once(reader, "close"), once(child, "exit")]);
  }

  /** A child that has loaded everything and waits for `go`. */
  static async ready(folder: string, args: readonly string[]): Promise<ChildKernel> {
    const child = spawn(process.execPath, [CHILD_KERNEL, folder, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
      // Loading is most of a short life; the stripped and compiled program is kept between them.
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
    });
    await once(child, "spawn");
    const kernel = new ChildKernel(child);
    await kernel.line("started");
    return kernel;
  }

  static async start(folder: string, args: readonly string[]): Promise<ChildKernel> {
    const kernel = await ChildKernel.ready(folder, args);
    kernel.go();
    return kernel;
  }

  go(): void {
    this.#child.stdin?.write("go\n");
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when a line that begins with this word has come, or the child is gone. */
  async line(word: string): Promise<void> {
    if (this.lines.some((line) => line.split(" ")[0] === word)) return;
    const seen = Promise.withResolvers<void>();
    this.#waiting.set(word, seen.resolve);
    await Promise.race([seen.promise, this.ended]);
    this.#waiting.delete(word);
  }

  /** SIGKILL: nothing in the child gets to tidy up. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.ended;
  }
}
