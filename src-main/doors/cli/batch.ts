import type { App, Caller } from "#main/dispatch/caller.ts";
import { findOperation } from "#shared/contract/index.ts";
import { type ErrorPayload, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Task } from "#shared/models/task.ts";
import { awaitTask, taskFailure, taskIn } from "./await-task.ts";
import { type BatchRequest, type RequestId, readRequest } from "./batch-request.ts";
import type { WrittenCommand } from "./command-line.ts";
import { BATCH_FLAGS } from "./known-flags.ts";
import { Lanes } from "./lanes.ts";
import { unknownFlag } from "./params.ts";
import { jsonText } from "./plain-output.ts";
import { type RequestLine, requestLines } from "./request-lines.ts";
import { type CliPort, writeFully } from "./terminal-port.ts";
import { type LoginWish, loginDescriptors, loginWish, unlockVault, wantsLogin } from "./vault-login.ts";

/** As many as the group commit answers with one fsync. */
const PARALLEL = 64;
const PARALLEL_MOST = 256;

export interface BatchWish {
  /** `undefined`: a request of the input unlocks. */
  readonly login: LoginWish | undefined;
  readonly parallel: number;
}

export function batchWish(written: WrittenCommand): BatchWish {
  const own = new Map<string, string>();
  for (const { name, value } of written.flags) {
    const takes = Object.hasOwn(BATCH_FLAGS, name) ? BATCH_FLAGS[name as keyof typeof BATCH_FLAGS] : undefined;
    if (takes === undefined) throw unknownFlag(name, Object.keys(BATCH_FLAGS));
    if ((value === undefined) !== (takes === "nothing"))
      throw wrong(`--${name} ${takes === "nothing" ? "stands alone" : "needs a value"}.`);
    own.set(name, value ?? "");
  }
  // A lone “-” is standard input, which is what a batch reads anyhow. The word is not repeated: it may be a password.
  if (written.words.length > 1) throw wrong("A batch reads standard input; use “keystead batch <FILE”.");
  const login = loginWish(own);
  const descriptors = loginDescriptors(login);
  if (descriptors.includes("0")) throw wrong("Descriptor 0 carries the requests; give the password by another one.");
  if (new Set(descriptors).size < descriptors.length) throw wrong("Password and PIN need a descriptor each.");
  const wanted = wantsLogin(login) || own.has("vault-password-prompt");
  if (own.has("vault-user") && !wanted)
    throw wrong(
      "--vault-user needs --vault-password-file, --vault-password-fd, --vault-password-prompt or --vault-token in a batch.",
    );
  return { login: wanted ? login : undefined, parallel: parallelOf(own) };
}

function parallelOf(own: ReadonlyMap<string, string>): number {
  if (own.has("sequential") && own.has("parallel")) throw wrong("Choose --sequential or --parallel, not both.");
  if (own.has("sequential")) return 1;
  const text = own.get("parallel") ?? String(PARALLEL);
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > PARALLEL_MOST)
    throw wrong(`--parallel is a whole number from 1 to ${PARALLEL_MOST}.`);
  return number;
}

/** Answers every line of standard input. Gives the exit status: 0 when all were ok, 1 when one was not. */
export async function batch(app: App, caller: Caller, wish: BatchWish, port: CliPort): Promise<number> {
  if (wish.login !== undefined) await unlockVault(app, caller, wish.login, port);
  const lanes = new Lanes(wish.parallel);
  const left = new Set<Promise<void>>();
  let failed = false;
  let unread: { readonly cause: unknown } | undefined;
  let stopWaiting: () => void = () => undefined;
  const answer = async (id: RequestId, outcome: Outcome) => {
    if (outcome.error !== undefined) failed = true;
    const line = { id, ok: outcome.error === undefined, ...outcome };
    // A reader that has gone away ends the batch, once and with a reason.
    await writeFully(port.stdout, `${jsonText(line)}\n`).catch((cause: unknown) => {
      unread ??= { cause };
      stopWaiting();
    });
  };
  const lines = requestLines(port.stdin);
  while (unread === undefined) {
    const next = await new Promise<IteratorResult<RequestLine> | undefined>((resolve, reject) => {
      // Whoever writes the requests may be waiting for an answer that is lost: the next line may never come.
      stopWaiting = () => resolve(undefined);
      lines.next().then(resolve, reject);
    });
    if (next === undefined || next.done === true) break;
    const read = readRequest(next.value);
    if (!read.ok) {
      await lanes.take(() => answer(read.id, { error: read.error.toJSON() }), false);
      continue;
    }
    const { request } = read;
    const work = async () => {
      // It may have waited for its lane behind the answer that was lost.
      if (unread !== undefined) return;
      const done = await perform(app, caller, request);
      await answer(request.id, done.outcome);
      if (done.leftRunning !== undefined) {
        const ended = done.leftRunning.then((task) => {
          if (taskFailure(request.operation, task) !== undefined) failed = true;
        });
        left.add(ended);
      }
    };
    await lanes.take(work, changesTheVault(request.operation));
  }
  await lanes.idle();
  await Promise.all(left);
  if (unread !== undefined) throw nobodyReads(unread.cause);
  return failed ? 1 : 0;
}

interface Outcome {
  readonly result?: unknown;
  readonly error?: ErrorPayload;
}

interface Done {
  readonly outcome: Outcome;
  /** The task of a request that did not want to wait. Never rejects. */
  readonly leftRunning?: Promise<Task>;
}

async function perform(app: App, caller: Caller, request: BatchRequest): Promise<Done> {
  const { operation, params, wait } = request;
  const reply = await app.dispatch(caller, { operation, params });
  if (!reply.ok) return { outcome: { error: reply.error } };
  if (findOperation(operation)?.definition.startsTask !== true) return { outcome: { result: reply.result } };
  const started = taskIn(reply.result);
  // The vault may be locked under the wait by a request; the task is then left as it stands, which is not its goal.
  const ended = awaitTask(app, caller, started).catch((error: unknown): Task => {
    if (error instanceof KeysteadError) return { ...started, state: "interrupted" };
    throw error;
  });
  if (!wait) return { outcome: { result: reply.result }, leftRunning: ended };
  const task = await ended;
  const failure = taskFailure(operation, task);
  return { outcome: failure === undefined ? { result: task } : { error: failure, result: task } };
}

/** Those that open, lock or change the vault itself: what stands before them must be done, what stands after must wait. */
function changesTheVault(operation: string): boolean {
  const entry = findOperation(operation);
  return entry !== undefined && entry.feature === "vault" && entry.definition.effect === "change";
}

function wrong(message: string): KeysteadError {
  return new KeysteadError("request/invalid-params", `${message} See keystead batch --help.`);
}

function nobodyReads(cause: unknown): KeysteadError {
  return new KeysteadError(
    "request/interrupted",
    "The answers can no longer be written: standard output is closed or full. No further requests were taken; those taken before were carried out. See “keystead tasks list” and the traces.",
    {},
    { cause },
  );
}
