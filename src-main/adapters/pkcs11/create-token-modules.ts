import { type Clock, systemClock } from "#main/clock.ts";
import type { StartProcess, TokenModule, TokenModules } from "#main/features/tokens/token-port.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { CALL_LIMITS, type CallLimits } from "./call-limits.ts";
import { examineLibrary } from "./library-file.ts";
import { ModuleHost } from "./module-host.ts";
import { type Environment, nodeProcess } from "./node-process.ts";

export interface TokenModulesOptions {
  /** How to start a process; `child_process.fork` by default, `utilityProcess` under Electron. */
  readonly startProcess?: StartProcess;
  /** Variables a library needs beside the usual ones; for the default `startProcess`. */
  readonly environment?: Environment;
  readonly clock?: Clock;
  /** Milliseconds by kind of call; the rest as in `CALL_LIMITS`. */
  readonly limits?: Partial<CallLimits>;
}

interface Opened {
  readonly host: ModuleHost;
  readonly libraryParameters: string | undefined;
  readonly started: Promise<void>;
}

/** PKCS#11 libraries, each in a process of its own (C1); two names of one file are one module (C6). */
export function createTokenModules(options: TokenModulesOptions = {}): TokenModules {
  const startProcess = options.startProcess ?? nodeProcess(options.environment);
  const clock = options.clock ?? systemClock;
  const limits = { ...CALL_LIMITS, ...options.limits };
  const opened = new Map<string, Opened>();

  async function open(path: string, how: { readonly libraryParameters?: string } = {}): Promise<TokenModule> {
    const file = await examineLibrary(path);
    const libraryParameters = how.libraryParameters || undefined;
    const known = opened.get(file);
    if (known && !known.host.closed) return reopen(known, libraryParameters);
    const host = new ModuleHost({ path, libraryParameters, startProcess, clock, limits });
    const entry: Opened = { host, libraryParameters, started: host.start() };
    opened.set(file, entry);
    try {
      await entry.started;
      return host;
    } catch (error) {
      if (opened.get(file) === entry) opened.delete(file);
      await host.close();
      throw error;
    }
  }

  async function reopen(entry: Opened, libraryParameters: string | undefined): Promise<TokenModule> {
    if (entry.libraryParameters !== libraryParameters) {
      throw new KeysteadError(
        "tokens/module-taken",
        `${entry.host.path} is already in use with other parameters. Remove it first, then add it with the new ones.`,
      );
    }
    await entry.started;
    return entry.host;
  }

  return {
    open,
    closeAll: async () => {
      const all = [...opened.values()];
      opened.clear();
      await Promise.all(all.map(({ host }) => host.close()));
    },
  };
}
