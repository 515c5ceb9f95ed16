import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, type Outside } from "#main/app.ts";
import type { App, Caller, Door, Reply } from "#main/dispatch/caller.ts";
import type { OperationName } from "#shared/contract/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { ManualClock } from "./manual-clock.ts";

export const OWNER = { name: "Ledger of Keys", userName: "olga", password: "correct horse battery staple" } as const;

/** A folder of its own, gone when the test file ends its scope. */
export class TestFolder implements Disposable {
  readonly path: string;

  constructor(label = "kernel") {
    this.path = mkdtempSync(join(tmpdir(), `keystead-${label}-`));
  }

  /** A path inside that does not exist yet. */
  at(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/**
 * The whole application on a real folder, spoken to as a door speaks to it. `bugs` collects what a user would have been told
 * as `internal/bug`: a test that ends with one there has found one.
 */
export class Kernel implements AsyncDisposable {
  readonly app: App;
  readonly folder: string;
  readonly clock: ManualClock;
  readonly caller: Caller;
  readonly bugs: unknown[] = [];

  constructor(
    folder: string,
    outside: Omit<Outside, "clock" | "logBug"> = {},
    clock = new ManualClock(),
    door: Door = "test",
  ) {
    this.folder = folder;
    this.clock = clock;
    this.app = createApp(
      { folder, door },
      { knownHostsFiles: [], ...outside, clock, logBug: (_reference, error) => this.bugs.push(error) },
    );
    this.caller = this.app.connect(door);
  }

  reply(operation: string, params: unknown = {}, caller: Caller = this.caller): Promise<Reply> {
    return this.app.dispatch(caller, { operation, params });
  }

  /** The result, loosely typed: the contract has checked it on the way out. Rejects with the KeysteadError of a refusal. */
  // biome-ignore lint/suspicious/noExplicitAny: results of any operation, read by tests that know which one they asked
  async must(operation: OperationName, params: unknown = {}, caller: Caller = this.caller): Promise<any> {
    const reply = await this.reply(operation, params, caller);
    if (!reply.ok) throw KeysteadError.fromPayload(reply.error);
    return reply.result;
  }

  /** The refusal's code, or `"ok"`. */
  async code(operation: string, params: unknown = {}, caller: Caller = this.caller): Promise<string> {
    const reply = await this.reply(operation, params, caller);
    return reply.ok ? "ok" : reply.error.code;
  }

  create(): Promise<unknown> {
    return this.must("vault.create", OWNER);
  }

  unlock(password: string = OWNER.password, caller: Caller = this.caller): Promise<unknown> {
    return this.must("vault.unlock", { userName: OWNER.userName, password }, caller);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close("closing");
  }
}

/** A vault made once and copied for each test: two key derivations each would otherwise be most of a test's time. */
export async function vaultTemplate(folder: TestFolder): Promise<(name: string) => string> {
  const template = mkdtempSync(folder.at("template-"));
  await using kernel = new Kernel(template);
  await kernel.create();
  await kernel.app.close("closing");
  return (name) => {
    const copy = folder.at(name);
    cpSync(template, copy, { recursive: true });
    return copy;
  };
}
