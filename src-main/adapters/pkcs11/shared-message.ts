import { type CallLimits, limitOf } from "./call-limits.ts";
import { packBytes, unpackBytes } from "./packed-bytes.ts";
import { type AnswerMessage, type CallName, type Failure, reviveBuffers, type SignOutcomes } from "./protocol.ts";
import { translate } from "./translate.ts";

// Signers that want the same of one key share a message to the process: what goes into one, how long it may take, and who gets
// what of its answer. Every other call is a message of its own.

export interface Call {
  readonly name: CallName;
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Added to the limit of its kind, in milliseconds. */
  readonly extra?: number;
  readonly oaepHash?: string | undefined;
  /** Calls with equal `batch` may share a message: their last argument is a list of messages to sign. */
  readonly batch?: string;
  /** Bytes to wipe as soon as they have been handed over. */
  readonly secrets?: readonly Uint8Array[];
}

/** Messages to sign in one message. */
const BATCH = 32;
/** What each message beyond the first adds to the time a call may take: a tenth, which is still 3 s. */
const FURTHER = 0.1;

/**
 * Takes the next call out of `waiting`, and with a signature those behind it that can share the message. Others' signatures are no
 * obstacle; all else is.
 */
export function takeNext(waiting: Call[], nothingUnderWay: boolean): readonly Call[] {
  const first = waiting.shift();
  if (!first) return [];
  if (first.batch === undefined) return [first];
  const alike: Call[] = [];
  for (const call of waiting) {
    if (call.batch === undefined) break;
    if (call.batch === first.batch) alike.push(call);
  }
  // With nothing under way half of them go first and half behind, so that the process never waits for either.
  const share = nothingUnderWay ? Math.floor(alike.length / 2) : alike.length;
  let room = BATCH - messagesOf(first).length;
  const taken = [first];
  for (const call of alike.slice(0, share)) {
    room -= messagesOf(call).length;
    if (room < 0) break;
    taken.push(call);
    waiting.splice(waiting.indexOf(call), 1);
  }
  return taken;
}

/** In milliseconds. */
export function limitOfAll(calls: readonly Call[], limits: CallLimits): number {
  const [first] = calls;
  if (!first) return 0;
  const base = limitOf(first.name, limits) + (first.extra ?? 0);
  const further = first.batch === undefined ? 0 : calls.flatMap(messagesOf).length - 1;
  return base * (1 + further * FURTHER);
}

const messagesOf = (call: Call): readonly Uint8Array[] => call.args.at(-1) as readonly Uint8Array[];

/** The arguments of one call, or of several as one with all their messages. */
export function joined(calls: readonly Call[]): readonly unknown[] {
  const [first] = calls;
  if (!first) return [];
  return first.batch === undefined ? first.args : [...first.args.slice(0, -1), packBytes(calls.flatMap(messagesOf))];
}

/** Tells each of them its part of the answer. */
export function settle(calls: readonly Call[], message: AnswerMessage): void {
  if ("failure" in message) {
    for (const call of calls) call.reject(translated(message.failure, call));
    return;
  }
  const value = reviveBuffers(message.value);
  const [first] = calls;
  if (first?.batch === undefined) {
    first?.resolve(value);
    return;
  }
  settleSigners(calls, value as SignOutcomes);
}

function settleSigners(calls: readonly Call[], { signatures, failures }: SignOutcomes): void {
  const all = unpackBytes(signatures);
  let at = 0;
  for (const call of calls) {
    const end = at + messagesOf(call).length;
    const [from, to] = [at, end];
    const failed = failures.find(([index]) => index >= from && index < to);
    if (failed) call.reject(translated(failed[1], call));
    // Copies: a view would keep the others' signatures alive, and reach them.
    else call.resolve(all.slice(from, to).map((signature) => Buffer.from(signature)));
    at = end;
  }
}

const translated = (failure: Failure, call: Call): Error =>
  translate(failure, { call: call.name, oaepHash: call.oaepHash });
