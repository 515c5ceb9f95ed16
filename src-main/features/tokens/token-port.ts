import type { SecretBytes } from "#main/crypto/secret-bytes.ts";

/**
 * What the tokens feature needs of PKCS#11. `adapters/pkcs11` implements it, each module in a process of its own (C1); nothing
 * else may know pkcs11js. Every method rejects with a `KeysteadError` whose code starts with `tokens/`; its details carry
 * `ckr` (the return value's name, or its hex for a vendor's own) and `call` (the PKCS#11 function) where one answered (C9).
 */
export interface TokenModules {
  /**
   * Starts a process for the library at this absolute path and initialises it; the same path gives the same module (C6).
   * Errors: module-not-found, module-unloadable (wrong architecture, missing dependency, exits on load), module-not-pkcs11.
   */
  open(path: string, options?: { readonly libraryParameters?: string }): Promise<TokenModule>;
  /** Ends every process. */
  closeAll(): Promise<void>;
}

export type ModuleState = "running" | "crashed" | "hung" | "closed";

export interface ModuleInfo {
  readonly cryptokiVersion: string;
  readonly manufacturer: string;
  readonly description: string;
  readonly libraryVersion: string;
}

/** Names of set flags without their prefix, e.g. `LOGIN_REQUIRED`, `USER_PIN_FINAL_TRY`, `REMOVABLE_DEVICE`. */
export type FlagNames = readonly string[];

export interface TokenInfo {
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly flags: FlagNames;
  readonly minPinLength: number;
  readonly maxPinLength: number;
  /** Bytes; `undefined` where the module says "unavailable". */
  readonly totalPublicMemory: number | undefined;
  readonly freePublicMemory: number | undefined;
  readonly totalPrivateMemory: number | undefined;
  readonly freePrivateMemory: number | undefined;
  readonly hardwareVersion: string;
  readonly firmwareVersion: string;
}

/** What tells a token from others; all of it is printed by the token itself (RFC 7512 section 2.3). */
export type TokenMarks = Pick<TokenInfo, "label" | "manufacturer" | "model" | "serial">;

/**
 * A token as it was last read, and the slot it was in then. What erases a token or carries its PIN is for this one: a slot is no
 * identity (C29), and between the look and the call lie other calls and a person's hands.
 */
export interface TokenAt {
  readonly slotId: string;
  readonly marks: TokenMarks;
}

export interface SlotInfo {
  /** Decimal CK_SLOT_ID; not an identity (C29). */
  readonly slotId: string;
  readonly description: string;
  readonly manufacturer: string;
  readonly flags: FlagNames;
  /** `undefined`: no token in it. */
  readonly token: TokenInfo | undefined;
}

export interface MechanismInfo {
  /** CKM_… constant's name, or `0x…` for one we have no name for. */
  readonly name: string;
  readonly type: number;
  /** e.g. `ENCRYPT`, `SIGN`, `GENERATE_KEY_PAIR`, `HW`. */
  readonly flags: FlagNames;
  readonly minKeySize: number;
  readonly maxKeySize: number;
}

export type Role = "user" | "so";

/** Attribute values by name: `CKA_LABEL` text, `CKA_ID` bytes, `CKA_SENSITIVE` boolean, `CKA_CLASS`, `CKA_KEY_TYPE` and lengths numbers. */
export type AttributeValue = string | number | boolean | Buffer;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A session object handle, good until the token goes or the module's process ends; never kept. */
export type ObjectHandle = string;

export interface FoundObject {
  readonly handle: ObjectHandle;
  /** Those asked for that the token gave; refused ones (sensitive, unknown) are absent. */
  readonly attributes: Attributes;
}

/** More to read of the objects that have all of `where` among what was read before. */
export interface FurtherAttributes {
  readonly where: Readonly<Record<string, number>>;
  readonly attributes: readonly string[];
}

export type Mechanism = {
  /** e.g. `CKM_RSA_PKCS`. */
  readonly name: string;
  readonly parameter?:
    | { readonly kind: "bytes"; readonly bytes: Buffer }
    | { readonly kind: "oaep"; readonly hash: "sha1" | "sha256" | "sha384" | "sha512"; readonly label?: Buffer }
    | { readonly kind: "pss"; readonly hash: "sha256" | "sha384" | "sha512"; readonly saltLength: number }
    | { readonly kind: "gcm"; readonly iv: Buffer; readonly aad?: Buffer; readonly tagBits: number }
    | { readonly kind: "ecdh"; readonly publicPoint: Buffer }
    | undefined;
};

/**
 * One module in its process. Calls queue one after another (C8). A call that outlasts its watchdog kills the process: it and
 * all queued ones reject with `tokens/module-hung`; a crash rejects them with `tokens/module-crashed`. The next call starts a
 * fresh process, in which nobody is logged in.
 *
 * Sessions are the process's own affair: it opens a read-write session a slot on demand, keeps the login state per token as
 * C_GetSessionInfo tells it (C10), and drops sessions that the token has invalidated (C32).
 */
export interface TokenModule {
  readonly path: string;
  readonly state: ModuleState;
  readonly info: ModuleInfo;
  /** Counts starts of the process; a change means that logins and handles are gone. */
  readonly generation: number;

  slots(): Promise<readonly SlotInfo[]>;
  mechanisms(slotId: string): Promise<readonly MechanismInfo[]>;

  /**
   * Whoever is logged in is logged out first, also in this very role: success means that the token has looked at this PIN (C11).
   * Where that fails, nothing is sent, and the error tells of C_Logout.
   *
   * This and all that takes a `TokenAt`: when another token is in the slot, nothing is sent to it, and the error is
   * tokens/removed with `swapped` among its details.
   */
  logIn(at: TokenAt, role: Role, pin: SecretBytes): Promise<void>;
  /** Nobody is logged in afterwards, by closing all sessions where C_Logout fails; or it rejects. */
  logOut(slotId: string): Promise<void>;
  /** Who is logged in now, by C_GetSessionInfo. */
  loggedIn(slotId: string): Promise<Role | undefined>;

  /** Closes our sessions, then C_InitToken with the label padded to exactly 32 bytes of UTF-8 (C18, C20). Wipes the token. */
  initToken(at: TokenAt, soPin: SecretBytes, label: string): Promise<void>;
  /** The SO must be logged in. */
  initPin(at: TokenAt, newPin: SecretBytes): Promise<void>;
  setPin(at: TokenAt, role: Role, current: SecretBytes, next: SecretBytes): Promise<void>;

  /** `further` in order: each kind of object is asked for just what it has, all of them in one search. */
  find(
    slotId: string,
    template: Attributes,
    attributes: readonly string[],
    further?: readonly FurtherAttributes[],
  ): Promise<readonly FoundObject[]>;
  read(slotId: string, handle: ObjectHandle, attributes: readonly string[]): Promise<Attributes>;
  generateKey(slotId: string, mechanism: Mechanism, template: Attributes): Promise<ObjectHandle>;
  generateKeyPair(
    slotId: string,
    mechanism: Mechanism,
    publicTemplate: Attributes,
    privateTemplate: Attributes,
  ): Promise<{ readonly publicKey: ObjectHandle; readonly privateKey: ObjectHandle }>;
  createObject(slotId: string, template: Attributes): Promise<ObjectHandle>;
  setAttributes(slotId: string, handle: ObjectHandle, attributes: Attributes): Promise<void>;
  destroyObject(slotId: string, handle: ObjectHandle): Promise<void>;

  /** One signature for each message, in order; many in one call save the round trips (A batch of 16 is about four times as fast). */
  sign(
    slotId: string,
    mechanism: Mechanism,
    key: ObjectHandle,
    messages: readonly Buffer[],
  ): Promise<readonly Buffer[]>;
  /** With a key that wants its user's PIN at each use (CKA_ALWAYS_AUTHENTICATE, C25). A PIN that is refused counts. */
  signWithPin(at: TokenAt, mechanism: Mechanism, key: ObjectHandle, message: Buffer, pin: SecretBytes): Promise<Buffer>;
  verify(slotId: string, mechanism: Mechanism, key: ObjectHandle, message: Buffer, signature: Buffer): Promise<boolean>;
  encrypt(slotId: string, mechanism: Mechanism, key: ObjectHandle, plaintext: Buffer): Promise<Buffer>;
  decrypt(slotId: string, mechanism: Mechanism, key: ObjectHandle, ciphertext: Buffer): Promise<Buffer>;
  wrapKey(slotId: string, mechanism: Mechanism, wrappingKey: ObjectHandle, key: ObjectHandle): Promise<Buffer>;
  unwrapKey(
    slotId: string,
    mechanism: Mechanism,
    unwrappingKey: ObjectHandle,
    wrapped: Buffer,
    template: Attributes,
  ): Promise<ObjectHandle>;
  deriveKey(slotId: string, mechanism: Mechanism, key: ObjectHandle, template: Attributes): Promise<ObjectHandle>;
  random(slotId: string, bytes: number): Promise<Buffer>;

  /** Runs `calls` signatures (or verifications …) in the process itself and answers how long they took: for the performance view. */
  measure(slotId: string, work: MeasuredWork): Promise<{ readonly operations: number; readonly milliseconds: number }>;

  /** Ends the process and starts a fresh one: the only way some modules notice new readers (C28). */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface MeasuredWork {
  readonly kind: "sign" | "verify" | "encrypt";
  readonly mechanism: Mechanism;
  readonly key: ObjectHandle;
  readonly message: Buffer;
  /** For `verify`. */
  readonly signature?: Buffer;
  /** Sessions used at once. */
  readonly callers: number;
  readonly forMilliseconds: number;
}

/** How an adapter starts a process: `child_process.fork` under Node, `utilityProcess` under Electron. The whole surface is three methods. */
export interface ProcessPort {
  post(message: unknown): void;
  on(listener: (message: unknown) => void): void;
  /** `onClose` tells once how it ended; `kill` ends it at once. */
  onClose(listener: (how: ProcessEnd) => void): void;
  kill(): void;
}
export type StartProcess = () => ProcessPort;

export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The end of what it printed to stderr, bounded; used only for one that ends before it runs, when no PIN has reached it. */
  readonly lastWords?: string;
}
