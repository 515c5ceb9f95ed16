import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface BareStart {
  /** Absolute path of the library. */
  readonly path: string;
  readonly label: string;
  readonly pin: string;
}

export type BareOrder =
  | ({ readonly kind: "start" } & BareStart)
  | {
      readonly kind: "sign";
      readonly mechanism: "CKM_ECDSA" | "CKM_SHA256_RSA_PKCS";
      /** Hex. */
      readonly keyId: string;
      readonly forMilliseconds: number;
    }
  | { readonly kind: "list" };

export interface BareResult {
  /** One for each signature, in milliseconds; of a list, one for each object, and 0. */
  readonly times: readonly number[];
  /** Of the whole. */
  readonly milliseconds: number;
}

/** pkcs11js without Keystead, in a clean process: what the module gives at best, on the machine as it is now. */
export class BareLoop implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(env: Readonly<Record<string, string>>, start: BareStart): Promise<BareLoop> {
    const child = fork(join(import.meta.dirname, "bare-module.ts"), [], {
      env: { ...env, PATH: process.env.PATH ?? "" },
      execArgv: [],
      serialization: "advanced",
    });
    const bare = new BareLoop(child);
    await bare.order({ kind: "start", ...start });
    return bare;
  }

  /** One at a time. Rejects when the process ends instead of answering. */
  async order(order: BareOrder): Promise<BareResult> {
    const listening = new AbortController();
    const { signal } = listening;
    const answer = once(this.#child, "message", { signal });
    const end = once(this.#child, "exit", { signal }).then(() => {
      throw new Error("the bare loop has ended; standard error says why");
    });
    this.#child.send(order);
    try {
      const [result] = await Promise.race([answer, end]);
      return result as BareResult;
    } finally {
      answer.catch(() => undefined);
      end.catch(() => undefined);
      listening.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill();
    await ended;
  }
}
