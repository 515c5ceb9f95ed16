import type { z } from "zod";
import type { Clock } from "#main/clock.ts";
import { randomId } from "#main/crypto/random.ts";
import type { TraceDraft } from "#main/features/audit/index.ts";
import type { OpenVault } from "#main/features/vault/open-vault.ts";
import { type ContractEntry, type Feature, findOperation } from "#shared/contract/index.ts";
import { type ErrorPayload, isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { brokenRule } from "./broken-rule.ts";
import type { Caller, DoorRequest, Reply } from "./caller.ts";
import { isConfirmed } from "./confirmation.ts";
import type { Call, HandlerTable, Outcome, PublicCall, Session } from "./handlers.ts";
import type { Sessions } from "./sessions.ts";
import { allowedTrace, failedTrace, type TracedCall, unknownTrace } from "./trace-draft.ts";

export interface DispatcherParts {
  readonly handlers: HandlerTable;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** The open vault, or `undefined` while locked. */
  readonly vault: () => OpenVault | undefined;
  /** Whether this user may do this; the access feature decides. */
  readonly allows: (session: Session, action: string) => boolean;
  /** Somebody with a session did something: auto-lock waits. */
  readonly onActivity: () => void;
  readonly onChanged: (features: readonly Feature[]) => void;
  /** Takes what is refused while no vault is open to trace it in. */
  readonly refusedWhileLocked: (operation: string, error: ErrorPayload, door: string) => void;
  /** Where a bug's details go, with the reference its reply names. */
  readonly logBug: (reference: string, error: unknown) => void;
}

type AnyHandler = (params: unknown, call: PublicCall) => Promise<Outcome<unknown>>;

/** The one way from any door to any handler. The steps below are all there are, in this order. */
export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  async dispatch(caller: Caller, request: DoorRequest): Promise<Reply> {
    const { clock, sessions } = this.#parts;
    const entry = findOperation(request.operation);
    if (entry === undefined) return this.#unknown(request.operation, caller);
    const vault = this.#parts.vault();
    const session = vault === undefined ? undefined : sessions.of(caller);
    let traced: TracedCall = { caller, session, entry, params: undefined, time: clock.now() };
    const answered = Promise.withResolvers<void>();
    try {
      const params = parseParams(entry, request.params);
      traced = { ...traced, params };
      const call = this.#admit(entry, { caller, clock, session, vault, settled: answered.promise });
      const outcome = await this.#handlerOf(entry)(params, call);
      const result = await this.#settle(traced, vault, outcome);
      await this.#follow(outcome);
      return { ok: true, result };
    } catch (error) {
      return { ok: false, error: await this.#refuse(traced, vault, error) };
    } finally {
      answered.resolve();
    }
  }

  /** Session, permission, critical-operation check. */
  #admit(entry: ContractEntry, call: PublicCall): PublicCall | Call {
    const { action, critical } = entry.definition;
    if (action === "public") return call;
    if (call.vault === undefined)
      throw new KeysteadError("vault/locked", "The vault is locked. Unlock it and try again.");
    if (call.session === undefined)
      throw new KeysteadError(
        "access/no-session",
        "Nobody is logged in here. Unlock the vault with your password first.",
      );
    if (!this.#parts.allows(call.session, action)) {
      throw new KeysteadError("access/denied", `You are not permitted to do this (${action}). Ask the vault's owner.`, {
        action,
      });
    }
    if (critical === true && !isConfirmed(call.session, call.clock)) {
      throw new KeysteadError(
        "access/confirmation-required",
        "This needs a fresh confirmation that it is you, by your password or your UKey. Confirm and repeat the operation.",
        { action, operation: entry.name },
      );
    }
    this.#parts.onActivity();
    return call;
  }

  #handlerOf(entry: ContractEntry): AnyHandler {
    const group = this.#parts.handlers[entry.feature] as unknown as Readonly<Record<string, AnyHandler>>;
    const handler = group[entry.operation];
    if (handler === undefined) throw new TypeError(`No handler for ${entry.name}`);
    return handler;
  }

  /** Exactly one of `undo` and `afterwards` follows a handler that has done its slow work. */
  async #settle(traced: TracedCall, began: OpenVault | undefined, outcome: Outcome<unknown>): Promise<unknown> {
    try {
      const result = parseResult(traced.entry, outcome.result);
      await this.#commit(traced, began, outcome, result);
      return result;
    } catch (error) {
      try {
        await outcome.undo?.();
      } catch (stuck) {
        // The caller learns why the operation failed; that its leavings stayed is for the log.
        this.#payload(stuck);
      }
      throw error;
    }
  }

  /** The change is durable by now: whatever fails here must not be told as if it were not. */
  async #follow(outcome: Outcome<unknown>): Promise<void> {
    try {
      await outcome.afterwards?.();
      if (outcome.changed !== undefined) this.#parts.onChanged(outcome.changed);
    } catch (error) {
      this.#parts.logBug(randomId().slice(0, 8), error);
    }
  }

  /**
   * Change and trace, together and durable. The vault is asked for again: creating and unlocking open it on the way; for all
   * others it must be the one that admitted the call, because locking ends every session.
   */
  async #commit(
    traced: TracedCall,
    began: OpenVault | undefined,
    outcome: Outcome<unknown>,
    result: unknown,
  ): Promise<void> {
    const { definition } = traced.entry;
    if (definition.untraced !== undefined) return;
    const vault = this.#parts.vault();
    try {
      if (vault === undefined || (definition.action !== "public" && vault !== began)) throw lockedBefore();
      // Who has come in by this very call did it, not who was logged in here before.
      const { session: before, caller } = traced;
      const session = (definition.action === "public" ? this.#parts.sessions.of(caller) : before) ?? before;
      const call = { ...traced, session };
      await vault.commits.submit({
        change: outcome.change,
        trace: allowedTrace(call, outcome.resource, outcome.status ?? "normal", result),
        onFailure: (error) => failedTrace(call, this.#payload(error)),
      });
    } catch (error) {
      throw new CommitFailed(error);
    }
  }

  /** What is refused is traced too. A failed commit has traced itself, or could not. */
  async #refuse(traced: TracedCall, began: OpenVault | undefined, error: unknown): Promise<ErrorPayload> {
    const vault = this.#parts.vault();
    const lockedMeanwhile =
      began !== undefined && vault !== began && !isKeysteadError(error) && !(error instanceof CommitFailed);
    if (lockedMeanwhile) return lockedBefore().toJSON();
    const payload = this.#payload(error instanceof CommitFailed ? error.cause : error);
    if (error instanceof CommitFailed) return payload;
    return this.#note(vault, traced.entry.name, failedTrace(traced, payload), payload);
  }

  async #unknown(operation: unknown, caller: Caller): Promise<Reply> {
    const vault = this.#parts.vault();
    const shown = typeof operation === "string" ? operation.slice(0, 80).toWellFormed() : "";
    const error = new KeysteadError(
      "request/unknown-operation",
      "There is no such operation. See the list of operations.",
      { operation: shown },
    ).toJSON();
    const session = vault === undefined ? undefined : this.#parts.sessions.of(caller);
    const trace = unknownTrace({ caller, session, time: this.#parts.clock.now() }, shown, error);
    return { ok: false, error: await this.#note(vault, "unknown", trace, error) };
  }

  /** In the traces, or beside the vault while it is locked. What the caller is told in the end. */
  async #note(
    vault: OpenVault | undefined,
    operation: string,
    trace: TraceDraft,
    payload: ErrorPayload,
  ): Promise<ErrorPayload> {
    try {
      if (vault === undefined) this.#parts.refusedWhileLocked(operation, payload, trace.source);
      else await vault.commits.submit({ trace, onFailure: () => trace });
      return payload;
    } catch (unwritten) {
      // Nothing was done, so nothing is hidden; but the caller learns that traces cannot be written, unless that very disk is why it
      // failed: then what has failed first says more.
      const told = this.#payload(unwritten);
      return told.code === payload.code ? payload : told;
    }
  }

  #payload(error: unknown): ErrorPayload {
    if (isKeysteadError(error)) return error.toJSON();
    const reference = randomId().slice(0, 8);
    this.#parts.logBug(reference, error);
    return new KeysteadError(
      "internal/bug",
      `Keystead has made a mistake. Report it with the reference ${reference}.`,
      { reference },
    ).toJSON();
  }
}

const lockedBefore = (): KeysteadError =>
  new KeysteadError("vault/locked", "The vault was locked before this was done; nothing was changed.");

/** Marks an error that the commit step has already accounted for. */
class CommitFailed extends Error {
  constructor(cause: unknown) {
    super("commit failed", { cause });
  }
}

function parseParams(entry: ContractEntry, params: unknown): unknown {
  const parsed = entry.definition.params.safeParse(params ?? {}, { error: brokenRule });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join(".") ?? "";
  // Path and rule only: the value itself may be a secret.
  throw new KeysteadError(
    "request/invalid-params",
    `${field === "" ? "The parameters are" : `“${field}” is`} not valid: ${ruleOf(issue)}.`,
    { field },
  );
}

function ruleOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "invalid";
  if (issue.code === "unrecognized_keys") {
    // Cut before they are shown: a request may hold as many and as long ones as a megabyte has room for.
    const shown = issue.keys.slice(0, 3).map((key) => `“${key.slice(0, 40).toWellFormed()}”`);
    return `unknown field ${shown.join(", ")}${issue.keys.length > 3 ? ` and ${issue.keys.length - 3} more` : ""}`;
  }
  return issue.message.slice(0, 200);
}

function parseResult(entry: ContractEntry, result: unknown): unknown {
  const parsed = entry.definition.result.safeParse(result);
  if (parsed.success) return parsed.data;
  throw new TypeError(
    `${entry.name} answered what its contract does not allow: ${parsed.error.issues[0]?.path.join(".")}`,
  );
}
