import { ckrName } from "./ckr-names.ts";
import type { Failure } from "./protocol.ts";

/** A failure on its way out of the token process. */
export class ModuleFailure extends Error {
  override readonly name = "ModuleFailure";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.nature);
    this.failure = failure;
  }

  get ckr(): string | undefined {
    return this.failure.nature === "ckr" ? this.failure.ckr : undefined;
  }
}

/** Return values that end every session with the token (C32). */
const GONE: readonly string[] = [
  "CKR_SESSION_HANDLE_INVALID",
  "CKR_SESSION_CLOSED",
  "CKR_TOKEN_NOT_PRESENT",
  "CKR_DEVICE_REMOVED",
  "CKR_SLOT_ID_INVALID",
];

export const isGone = (error: unknown): error is ModuleFailure =>
  error instanceof ModuleFailure && error.ckr !== undefined && GONE.includes(error.ckr);

export const hasCkr = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof ModuleFailure && error.ckr !== undefined && names.includes(error.ckr);

/** Runs one PKCS#11 function; a return value other than CKR_OK becomes a `ModuleFailure` that names it. */
export function ask<T>(call: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asModuleFailure(call, error);
  }
}

export async function askLater<T>(call: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asModuleFailure(call, error);
  }
}

function asModuleFailure(call: string, error: unknown): unknown {
  if (error instanceof ModuleFailure || !(error instanceof Error) || error instanceof TypeError) return error;
  // Depending on the function it arrives as Pkcs11Error or as a plain Error with `CKR_X:number` in it (C9).
  const own = (error as { code?: unknown }).code;
  const code = typeof own === "number" && own > 0 ? own : Number(/CKR_\w+:(\d+)/.exec(error.message)?.[1]);
  if (!Number.isSafeInteger(code)) return error;
  return new ModuleFailure({ nature: "ckr", ckr: ckrName(code), code, call });
}

export function failureOf(error: unknown): Failure {
  if (error instanceof ModuleFailure) return error.failure;
  return { nature: "bug", text: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}
