import type { StartProcess } from "#main/features/tokens/token-port.ts";

/** What this file needs of an Electron `UtilityProcess`. */
export interface UtilityChild {
  readonly pid?: number | undefined;
  readonly stderr: { on(event: "data", listener: (chunk: { toString(): string }) => void): unknown } | null;
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "exit", listener: (code: number) => void): unknown;
  kill(): boolean;
}

export interface UtilityProcessParts {
  /** `utilityProcess.fork`, called with these options. */
  readonly fork: (
    modulePath: string,
    args: string[],
    options: { readonly env: Record<string, string>; readonly stdio: "pipe"; readonly serviceName: string },
  ) => UtilityChild;
  /** The built token process, beside main's own bundle. */
  readonly worker: string;
  readonly environment: () => Record<string, string>;
  /** `process.kill`. */
  readonly kill: (pid: number, signal: "SIGKILL") => void;
}

const LAST_WORDS = 2000;

/** Starts token processes as Electron's utility processes, which can load native code that the window's process must not. */
export function utilityProcessStarter(parts: UtilityProcessParts): StartProcess {
  return () => {
    const child = parts.fork(parts.worker, [], {
      env: parts.environment(),
      stdio: "pipe",
      serviceName: "Keystead token process",
    });
    let lastWords = "";
    child.stderr?.on("data", (chunk) => {
      lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS);
    });
    let gone = false;
    return {
      post: (message) => {
        if (!gone) child.postMessage(message);
      },
      on: (listener) => void child.on("message", listener),
      onClose: (listener) =>
        void child.on("exit", (exitCode) => {
          gone = true;
          listener({ exitCode, signal: null, lastWords });
        }),
      kill: () => {
        // `kill()` only asks (SIGTERM), and a library that hangs may have taken that signal for itself.
        if (gone) return;
        if (child.pid !== undefined) killed(parts, child.pid);
        child.kill();
      },
    };
  };
}

function killed(parts: UtilityProcessParts, pid: number): void {
  try {
    parts.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended by itself in between; anything else is a mistake.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
