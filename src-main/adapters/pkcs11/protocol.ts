import type {
  Attributes,
  FoundObject,
  FurtherAttributes,
  MeasuredWork,
  Mechanism,
  MechanismInfo,
  ModuleInfo,
  ObjectHandle,
  Role,
  SlotInfo,
  TokenAt,
} from "#main/features/tokens/token-port.ts";
import type { PackedBytes } from "./packed-bytes.ts";

// What crosses between Keystead and a token process: numbered calls one way, numbered answers the other, all of it plain
// data that a structured clone carries. Buffers may arrive as Uint8Array, depending on the channel: `reviveBuffers`.

export interface StartOptions {
  readonly path: string;
  readonly libraryParameters: string | undefined;
  /** Written into every handle, so that one from an earlier process is recognised. */
  readonly generation: number;
}

export interface StartAnswer {
  readonly info: ModuleInfo;
  /** The module took CKF_OS_LOCKING_OK: calls from several threads are allowed (C5). */
  readonly locking: boolean;
}

/** PINs cross as bytes and become text only inside the token process (C26). */
export type PinBytes = Uint8Array;

/** One outcome for each message: calls of several askers share a message, and one bad message is its asker's alone. */
export interface SignOutcomes {
  /** Empty where it failed. */
  readonly signatures: PackedBytes;
  /** By the message's place in the list. */
  readonly failures: readonly (readonly [index: number, failure: Failure])[];
}

/** Every call a token process answers. */
export interface ProcessCalls {
  start(options: StartOptions): StartAnswer;
  end(): void;
  slots(): readonly SlotInfo[];
  mechanisms(slotId: string): readonly MechanismInfo[];
  logIn(at: TokenAt, role: Role, pin: PinBytes): void;
  logOut(slotId: string): void;
  loggedIn(slotId: string): Role | undefined;
  initToken(at: TokenAt, soPin: PinBytes, label: string): void;
  initPin(at: TokenAt, newPin: PinBytes): void;
  setPin(at: TokenAt, role: Role, current: PinBytes, next: PinBytes): void;
  find(
    slotId: string,
    template: Attributes,
    attributes: readonly string[],
    further?: readonly FurtherAttributes[],
  ): readonly FoundObject[];
  read(slotId: string, handle: ObjectHandle, attributes: readonly string[]): Attributes;
  generateKey(slotId: string, mechanism: Mechanism, template: Attributes): ObjectHandle;
  generateKeyPair(
    slotId: string,
    mechanism: Mechanism,
    publicTemplate: Attributes,
    privateTemplate: Attributes,
  ): { readonly publicKey: ObjectHandle; readonly privateKey: ObjectHandle };
  createObject(slotId: string, template: Attributes): ObjectHandle;
  setAttributes(slotId: string, handle: ObjectHandle, attributes: Attributes): void;
  destroyObject(slotId: string, handle: ObjectHandle): void;
  sign(slotId: string, mechanism: Mechanism, key: ObjectHandle, messages: PackedBytes): SignOutcomes;
  signWithPin(at: TokenAt, mechanism: Mechanism, key: ObjectHandle, message: Buffer, pin: PinBytes): Buffer;
  verify(slotId: string, mechanism: Mechanism, key: ObjectHandle, message: Buffer, signature: Buffer): boolean;
  encrypt(slotId: string, mechanism: Mechanism, key: ObjectHandle, plaintext: Buffer): Buffer;
  decrypt(slotId: string, mechanism: Mechanism, key: ObjectHandle, ciphertext: Buffer): Buffer;
  wrapKey(slotId: string, mechanism: Mechanism, wrappingKey: ObjectHandle, key: ObjectHandle): Buffer;
  unwrapKey(
    slotId: string,
    mechanism: Mechanism,
    unwrappingKey: ObjectHandle,
    wrapped: Buffer,
    template: Attributes,
  ): ObjectHandle;
  deriveKey(slotId: string, mechanism: Mechanism, key: ObjectHandle, template: Attributes): ObjectHandle;
  random(slotId: string, bytes: number): Buffer;
  measure(slotId: string, work: MeasuredWork): { readonly operations: number; readonly milliseconds: number };
}

export type CallName = keyof ProcessCalls;

export interface CallMessage {
  readonly id: number;
  readonly call: CallName;
  readonly args: readonly unknown[];
}

export type AnswerMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure };

/** Why a call failed, as data. */
export type Failure =
  /** A PKCS#11 return value other than CKR_OK. */
  | {
      readonly nature: "ckr";
      /** Name, or `0x…` for one that nobody named (C9). */
      readonly ckr: string;
      readonly code: number;
      /** The PKCS#11 function. */
      readonly call: string;
      /** A session was open and is gone: the token was pulled out or swapped (C32). */
      readonly lost?: boolean;
    }
  /** The system's loader refused the file; its text is the only source there is. */
  | { readonly nature: "load"; readonly text: string }
  /** It loaded and has no C_GetFunctionList. */
  | { readonly nature: "not-pkcs11" }
  /** A handle of an earlier process, or of a token that was pulled out since. */
  | { readonly nature: "stale-handle" }
  /** Another token is in the slot than the one that was meant; nothing was sent to it. */
  | { readonly nature: "swapped" }
  /** More objects than any token has. */
  | { readonly nature: "endless"; readonly call: string }
  /** A mistake of ours. */
  | { readonly nature: "bug"; readonly text: string };

/** Gives every byte array in `value` back its Buffer face, without copying. */
export function reviveBuffers(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return value.map(reviveBuffers);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, reviveBuffers(part)]));
}
