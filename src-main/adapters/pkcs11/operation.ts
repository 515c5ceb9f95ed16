import type { Handle, Mechanism as NativeMechanism } from "pkcs11js";
import type { Mechanism } from "#main/features/tokens/token-port.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { nativeMechanisms } from "./mechanism-parameters.ts";
import { ask, hasCkr } from "./module-failure.ts";

/**
 * Starts an operation in the slot's session and answers the session. One that is stuck in an operation somebody left
 * unfinished is replaced.
 */
export function begin(loaded: LoadedModule, slotId: string, call: string, work: (session: Handle) => void): Handle {
  return loaded.sessions.within(slotId, (session) => {
    try {
      ask(call, () => work(session));
      return session;
    } catch (error) {
      if (!hasCkr(error, "CKR_OPERATION_ACTIVE")) throw error;
    }
    const fresh = loaded.sessions.replace(slotId);
    ask(call, () => work(fresh));
    return fresh;
  });
}

/** Tries the mechanism's shapes in turn, as long as the module refuses the parameter's form. */
export function inShapes<T>(mechanism: Mechanism, work: (native: NativeMechanism) => T): T {
  return inPreparedShapes(nativeMechanisms(mechanism), work);
}

export function inPreparedShapes<T>(
  shapes: readonly [NativeMechanism, ...NativeMechanism[]],
  work: (native: NativeMechanism) => T,
): T {
  if (shapes.length === 1) return work(shapes[0]);
  for (const shape of shapes.slice(0, -1)) {
    try {
      return work(shape);
    } catch (error) {
      if (!hasCkr(error, "CKR_MECHANISM_PARAM_INVALID", "CKR_ARGUMENTS_BAD")) throw error;
    }
  }
  return work(shapes.at(-1) ?? shapes[0]);
}

/** Reused for small outputs, which are copied out of it: zeroing a fresh buffer costs a tenth of a fast signature. */
const scratch = Buffer.alloc(4096);

const roomFor = (size: number): Buffer => (size <= scratch.length ? scratch.subarray(0, size) : Buffer.alloc(size));

/** The output on its own, where it lies in what the next call will write over. Secrets do not stay behind. */
function ownBytes(out: Buffer): Buffer {
  if (out.buffer !== scratch.buffer) return out;
  const own = Buffer.from(out);
  out.fill(0);
  return own;
}

/** The largest output asked for on a second try; no signature or wrapped key is longer. */
const LARGE = 1 << 16;

/**
 * Runs the second half of an operation into a buffer of `size` bytes, at least 1 KiB; once more with a far larger one after
 * CKR_BUFFER_TOO_SMALL, since not every module tells the size it needs (C39). `again` restarts an operation that the module
 * ended with that answer although the standard keeps it open.
 */
export function finish(call: string, size: number, work: (out: Buffer) => Buffer, again: () => void): Buffer {
  const roomy = Math.max(1024, size);
  try {
    return ownBytes(ask(call, () => work(roomFor(roomy))));
  } catch (error) {
    if (!hasCkr(error, "CKR_BUFFER_TOO_SMALL")) throw error;
  }
  const large = Math.max(LARGE, roomy * 4);
  try {
    return ask(call, () => work(Buffer.alloc(large)));
  } catch (error) {
    if (!hasCkr(error, "CKR_OPERATION_NOT_INITIALIZED")) throw error;
  }
  again();
  return ask(call, () => work(Buffer.alloc(large)));
}
