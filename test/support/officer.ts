import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, type Outside } from "#main/app.ts";
import type { App, Caller } from "#main/dispatch/caller.ts";
import type { KeysteadEvent } from "#shared/contract/events.ts";
import { type Client, type Input, type OperationName, operations } from "#shared/contract/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Keypair, KeySpec } from "#shared/models/keypair.ts";
import type { Server } from "#shared/models/server.ts";
import type { Task, TaskStep } from "#shared/models/task.ts";
import type { Trace } from "#shared/models/trace.ts";
import type { Account, Machine } from "./fleet/fleet.ts";

export const OFFICER_PASSWORD = "correct horse battery staple 7";

export interface OfficerOptions {
  readonly folder?: string;
  readonly outside?: Outside;
}

/** One person at one door of a real application: everything goes through `dispatch`, as a door does it. */
export class Officer implements AsyncDisposable {
  readonly app: App;
  readonly caller: Caller;
  readonly folder: string;
  readonly client: Client;
  readonly events: KeysteadEvent[] = [];
  /** What `logBug` was given: a test that does not expect bugs asserts that this is empty. */
  readonly bugs: unknown[] = [];
  readonly #ownsFolder: boolean;
  #names = 0;

  private constructor(folder: string, ownsFolder: boolean, outside: Outside) {
    this.folder = folder;
    this.#ownsFolder = ownsFolder;
    this.app = createApp(
      { folder, door: "test" },
      { knownHostsFiles: [], logBug: (_reference, error) => this.bugs.push(error), ...outside },
    );
    this.caller = this.app.connect("test");
    this.app.listen(this.caller, (event) => this.events.push(event));
    this.client = this.#client();
  }

  /** A new vault, unlocked. */
  static async withVault(options: OfficerOptions = {}): Promise<Officer> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "keystead-officer-")));
    const officer = new Officer(folder, options.folder === undefined, options.outside ?? {});
    await officer.client.vault.create({ name: "Test vault", userName: "olga", password: OFFICER_PASSWORD });
    return officer;
  }

  /** Opens a vault that another process, or an earlier officer, has left. */
  static async opening(folder: string, outside: Outside = {}): Promise<Officer> {
    const officer = new Officer(folder, false, outside);
    await officer.unlock();
    return officer;
  }

  async unlock(): Promise<void> {
    await this.client.vault.unlock({ password: OFFICER_PASSWORD });
  }

  /** Passes the check of critical operations for the next two minutes. */
  async confirm(): Promise<void> {
    await this.client.vault.confirm({ password: OFFICER_PASSWORD });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close("closing");
    if (this.#ownsFolder) await rm(this.folder, { recursive: true, force: true });
  }

  /** The error an operation ends in; fails when it succeeds. */
  async refusal(operation: Promise<unknown>): Promise<KeysteadError> {
    try {
      await operation;
    } catch (error) {
      if (error instanceof KeysteadError) return error;
      throw error;
    }
    throw new Error("the operation succeeded");
  }

  async keypair(spec: KeySpec = "ed25519"): Promise<Keypair> {
    const made = await this.client.keypairs.create({ name: `KeyPair-${spec}-${++this.#names}`, spec });
    return made.keypair;
  }

  /** In the inventory with its host key pinned, as after an officer's comparison. */
  async server(machine: Machine, user: Account = "root"): Promise<Server> {
    const { hostKey } = await this.client.servers.readHostKey({ host: machine.host, port: machine.port });
    return this.client.servers.add({
      name: `${machine.name} ${user} ${++this.#names}`,
      host: machine.host,
      port: machine.port,
      user,
      hostKeyFingerprint: hostKey.fingerprint,
    });
  }

  /** Binds and waits until the task has stopped. */
  async bind(input: Input<"servers", "bind">): Promise<Task> {
    return this.settled((await this.client.servers.bind(input)).id);
  }

  /** Confirms, takes Keystead's setting back and waits until the task has stopped. */
  async allowPasswords(input: Input<"servers", "allowPasswordLogin">): Promise<Task> {
    await this.confirm();
    return this.settled((await this.client.servers.allowPasswordLogin(input)).id);
  }

  async settled(taskId: string, seconds = 100): Promise<Task> {
    const task = await this.client.tasks.wait({ id: taskId, seconds });
    if (["queued", "running", "rolling-back"].includes(task.state))
      throw new Error(`task still ${task.state} after ${seconds} s: ${JSON.stringify(task.steps, null, 1)}`);
    return task;
  }

  async retry(input: Input<"tasks", "retry">): Promise<Task> {
    return this.settled((await this.client.tasks.retry(input)).id);
  }

  async rollBack(input: Input<"tasks", "rollBack">): Promise<Task> {
    return this.settled((await this.client.tasks.rollBack(input)).id);
  }

  /** Resolves when the task's step has come to `state`, as the console would see it by events. */
  reached(taskId: string, step: string, state: TaskStep["state"], seconds = 30): Promise<void> {
    const there = (event: KeysteadEvent) =>
      event.type === "task" &&
      event.task.id === taskId &&
      event.task.steps.some((each) => each.name === step && each.state === state);
    if (this.events.some(there)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`step ${step} never came to ${state}`)), seconds * 1000);
      const stop = this.app.listen(this.caller, (event) => {
        if (!there(event)) return;
        clearTimeout(late);
        stop();
        resolve();
      });
    });
  }

  /** Traces of one server, oldest first. */
  async traces(serverId: string): Promise<readonly Trace[]> {
    const { traces } = await this.client.audit.list({ resourceId: serverId, limit: 1000 });
    return traces.toReversed();
  }

  #client(): Client {
    const groups: Record<string, Record<string, (input: unknown) => Promise<unknown>>> = {};
    for (const { name, feature, operation } of operations) {
      groups[feature] ??= {};
      groups[feature][operation] = (input) => this.#call(name, input);
    }
    return groups as unknown as Client;
  }

  async #call(operation: OperationName, params: unknown): Promise<unknown> {
    const reply = await this.app.dispatch(this.caller, { operation, params });
    if (!reply.ok) throw KeysteadError.fromPayload(reply.error);
    return reply.result;
  }
}

/** `log-in:done survey:failed …`, which reads well in a failed assertion. */
export function stepsOf(task: Task): string {
  return task.steps.map((step) => `${step.name}:${step.state}`).join(" ");
}

export const ALL_ALLOWED =
  "log-in-by-key:done survey-passwords:done remove-own-setting:done prove-passwords-offered:done keep-passwords-allowed:done record-password-login:done";

export const ALL_DONE =
  "log-in:done survey:done add-key:done prove-key-login:done switch-passwords-off:done prove-passwords-off:done keep-passwords-off:done record:done";
