import { fork } from "node:child_process";
import { join } from "node:path";
import type { StartProcess } from "#main/features/tokens/token-port.ts";

/**
 * What libraries are known to read. Everything else stays out of a process that runs foreign code: our own environment may
 * hold addresses, sessions and secrets of other programs.
 */
const PASSED_ON = [
  "PATH",
  "HOME",
  "USER",
  "LANG",
  "LC_ALL",
  "TMPDIR",
  "TEMP",
  "SystemRoot",
  "APPDATA",
  "LOCALAPPDATA",
  "ProgramData",
  "ProgramFiles",
  "USERPROFILE",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
  "LD_LIBRARY_PATH",
  "SOFTHSM2_CONF",
  "OPENSC_CONF",
  "PCSCLITE_CSOCK_NAME",
  "P11_KIT_CONFIG_DIR",
  "ChrystokiConfigurationPath",
  "CKNFAST_LOADSHARING",
  "NFAST_HOME",
] as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of a token process: the list above, and what is passed in addition. */
export function moduleEnvironment(from: Environment, extra: Environment = {}): Record<string, string> {
  const picked = { ...Object.fromEntries(PASSED_ON.map((name) => [name, from[name]])), ...extra };
  const given = Object.entries(picked).filter((entry): entry is [string, string] => entry[1] !== undefined);
  // One thread a caller for `measure`; libuv's default of four would be the bottleneck.
  return { ...Object.fromEntries(given), UV_THREADPOOL_SIZE: "16" };
}

/** Only the last of what a library prints is kept, and only until it runs: later lines might hold anything (C26). */
const LAST_WORDS = 2000;
/** How long the rest of what it printed may take to arrive after its end. */
const DRAIN_MS = 100;

/** Starts token processes with `child_process.fork`: Keystead under plain Node. */
export function nodeProcess(extra: Environment = {}): StartProcess {
  return () => {
    const child = fork(join(import.meta.dirname, "worker.ts"), [], {
      env: { ...moduleEnvironment(process.env, extra), ...compileCache() },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let lastWords = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS);
    });
    return {
      post: (message) => {
        // One that has just ended cannot take it; `onClose` tells.
        if (child.connected) child.send(message as object, () => undefined);
      },
      on: (listener) => void child.on("message", listener),
      onClose: (listener) => {
        let told = false;
        const tell = (exitCode: number | null, signal: string | null): void => {
          if (told) return;
          told = true;
          listener({ exitCode, signal, lastWords });
        };
        child.on("error", (error) => {
          lastWords = error.message;
          if (child.pid === undefined) tell(null, null);
        });
        child.on("close", tell);
        // A grandchild that keeps stderr open would hold "close" back for ever.
        child.on("exit", (exitCode, signal) => void setTimeout(tell, DRAIN_MS, exitCode, signal));
      },
      kill: () => void child.kill("SIGKILL"),
    };
  };
}

/** Compiled code of the token process is shared between its starts where the console has a cache. */
const compileCache = (): Record<string, string> => {
  const folder = process.env.NODE_COMPILE_CACHE;
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
};
