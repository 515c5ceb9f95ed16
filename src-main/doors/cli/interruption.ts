import { constants } from "node:os";
import type { App } from "#main/dispatch/caller.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { type CliPort, printError } from "./terminal-port.ts";

/**
 * What a signal does to a command line: it is answered in JSON, the vault is locked, and the process ends. Imports little:
 * it must stand before the program is loaded, which takes the first half second.
 */
export class Interruption {
  readonly #port: CliPort;
  #app: App | undefined;
  #begun = false;

  constructor(port: CliPort) {
    this.#port = port;
  }

  /** True once a signal ends the process. */
  get begun(): boolean {
    return this.#begun;
  }

  listen(): void {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        // 128 and the signal's number, as shells have it.
        const status = 128 + constants.signals[signal];
        // A second signal means now: the operating system drops the vault's lock, and the next unlock names what was cut off.
        if (this.#begun) process.exit(status);
        this.#begun = true;
        void this.#leave(status);
      });
    }
  }

  /** Makes what a signal must close first. Nothing is begun any more once one has come. Error: `request/interrupted`. */
  guard(open: () => App): App {
    if (this.#begun) throw nothingDone();
    this.#app = open();
    return this.#app;
  }

  /** Lets a task reach its next safe point and names it interrupted, then locks. */
  async #leave(status: number): Promise<never> {
    const error = this.#app === undefined ? nothingDone() : locked();
    await this.#app?.close("closing");
    await printError(this.#port, error.toJSON());
    process.exit(status);
  }
}

function nothingDone(): KeysteadError {
  return new KeysteadError("request/interrupted", "Interrupted before anything was done.");
}

function locked(): KeysteadError {
  return new KeysteadError(
    "request/interrupted",
    "Interrupted. The vault is locked; a task that was running is paused: see “keystead tasks list”.",
  );
}
