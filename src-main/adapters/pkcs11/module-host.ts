import type { Clock } from "#main/clock.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type {
  Attributes,
  FurtherAttributes,
  MeasuredWork,
  Mechanism,
  ModuleInfo,
  ModuleState,
  ObjectHandle,
  Role,
  StartProcess,
  TokenAt,
  TokenModule,
} from "#main/features/tokens/token-port.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { CallLimits } from "./call-limits.ts";
import { ProcessLife } from "./process-life.ts";
import type { CallName, ProcessCalls } from "./protocol.ts";
import type { Call } from "./shared-message.ts";

export interface HostParts {
  readonly path: string;
  readonly libraryParameters: string | undefined;
  readonly startProcess: StartProcess;
  readonly clock: Clock;
  readonly limits: CallLimits;
}

type Answer<Name extends CallName> = Promise<ReturnType<ProcessCalls[Name]>>;
type Extras = Pick<Call, "extra" | "oaepHash" | "secrets">;

const NO_INFO: ModuleInfo = { cryptokiVersion: "", manufacturer: "", description: "", libraryVersion: "" };

/** A module as the features see it: whichever process runs it at the moment, and a fresh one after the last has gone. */
export class ModuleHost implements TokenModule {
  readonly #parts: HostParts;
  #life: ProcessLife | undefined;
  #state: ModuleState = "closed";
  #info: ModuleInfo = NO_INFO;
  #generation = 0;
  #closed = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
  }

  get path(): string {
    return this.#parts.path;
  }
  get state(): ModuleState {
    return this.#state;
  }
  get info(): ModuleInfo {
    return this.#info;
  }
  get generation(): number {
    return this.#generation;
  }
  /** Closed for good; `state` is also "closed" before the first start and during a restart. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves when the module runs. */
  async start(): Promise<void> {
    await this.#current().started;
  }

  async restart(): Promise<void> {
    await this.#life?.close();
    await this.start();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#life?.close();
    this.#state = "closed";
  }

  slots = () => this.#ask("slots", []);
  mechanisms = (slotId: string) => this.#ask("mechanisms", [slotId]);
  logOut = (slotId: string) => this.#ask("logOut", [slotId]);
  loggedIn = (slotId: string) => this.#ask("loggedIn", [slotId]);

  logIn(at: TokenAt, role: Role, pin: SecretBytes): Promise<void> {
    const secret = ownCopy(pin);
    return this.#ask("logIn", [at, role, secret], { secrets: [secret] });
  }
  initToken(at: TokenAt, soPin: SecretBytes, label: string): Promise<void> {
    const secret = ownCopy(soPin);
    return this.#ask("initToken", [at, secret, label], { secrets: [secret] });
  }
  initPin(at: TokenAt, newPin: SecretBytes): Promise<void> {
    const secret = ownCopy(newPin);
    return this.#ask("initPin", [at, secret], { secrets: [secret] });
  }
  setPin(at: TokenAt, role: Role, current: SecretBytes, next: SecretBytes): Promise<void> {
    const secrets = [ownCopy(current), ownCopy(next)] as const;
    return this.#ask("setPin", [at, role, ...secrets], { secrets });
  }

  find = (
    slotId: string,
    template: Attributes,
    attributes: readonly string[],
    further: readonly FurtherAttributes[] = [],
  ) => this.#ask("find", [slotId, template, attributes, further]);
  read = (slotId: string, handle: ObjectHandle, attributes: readonly string[]) =>
    this.#ask("read", [slotId, handle, attributes]);
  createObject = (slotId: string, template: Attributes) => this.#ask("createObject", [slotId, template]);
  setAttributes = (slotId: string, handle: ObjectHandle, attributes: Attributes) =>
    this.#ask("setAttributes", [slotId, handle, attributes]);
  destroyObject = (slotId: string, handle: ObjectHandle) => this.#ask("destroyObject", [slotId, handle]);

  generateKey = (slotId: string, mechanism: Mechanism, template: Attributes) =>
    this.#ask("generateKey", [slotId, mechanism, template]);
  generateKeyPair = (slotId: string, mechanism: Mechanism, publicTemplate: Attributes, privateTemplate: Attributes) =>
    this.#ask("generateKeyPair", [slotId, mechanism, publicTemplate, privateTemplate]);

  async sign(
    slotId: string,
    mechanism: Mechanism,
    key: ObjectHandle,
    messages: readonly Buffer[],
  ): Promise<readonly Buffer[]> {
    if (messages.length === 0) return [];
    const batch = `${slotId} ${key} ${mechanism.name} ${mechanism.parameter ? JSON.stringify(mechanism.parameter) : ""}`;
    const signatures = await new Promise((resolve, reject) =>
      this.#current().enqueue({ name: "sign", args: [slotId, mechanism, key, messages], batch, resolve, reject }),
    );
    return signatures as readonly Buffer[];
  }
  signWithPin(
    at: TokenAt,
    mechanism: Mechanism,
    key: ObjectHandle,
    message: Buffer,
    pin: SecretBytes,
  ): Promise<Buffer> {
    const secret = ownCopy(pin);
    return this.#ask("signWithPin", [at, mechanism, key, message, secret], { secrets: [secret] });
  }
  verify = (slotId: string, mechanism: Mechanism, key: ObjectHandle, message: Buffer, signature: Buffer) =>
    this.#ask("verify", [slotId, mechanism, key, message, signature]);
  encrypt = (slotId: string, mechanism: Mechanism, key: ObjectHandle, plaintext: Buffer) =>
    this.#ask("encrypt", [slotId, mechanism, key, plaintext], oaep(mechanism));
  decrypt = (slotId: string, mechanism: Mechanism, key: ObjectHandle, ciphertext: Buffer) =>
    this.#ask("decrypt", [slotId, mechanism, key, ciphertext], oaep(mechanism));
  wrapKey = (slotId: string, mechanism: Mechanism, wrappingKey: ObjectHandle, key: ObjectHandle) =>
    this.#ask("wrapKey", [slotId, mechanism, wrappingKey, key], oaep(mechanism));
  unwrapKey = (
    slotId: string,
    mechanism: Mechanism,
    unwrappingKey: ObjectHandle,
    wrapped: Buffer,
    template: Attributes,
  ) => this.#ask("unwrapKey", [slotId, mechanism, unwrappingKey, wrapped, template], oaep(mechanism));
  deriveKey = (slotId: string, mechanism: Mechanism, key: ObjectHandle, template: Attributes) =>
    this.#ask("deriveKey", [slotId, mechanism, key, template]);
  random = (slotId: string, bytes: number) => this.#ask("random", [slotId, bytes]);
  measure = (slotId: string, work: MeasuredWork) =>
    this.#ask("measure", [slotId, work], { extra: work.forMilliseconds });

  #ask<Name extends CallName>(name: Name, args: Parameters<ProcessCalls[Name]>, extras: Extras = {}): Answer<Name> {
    return new Promise<unknown>((resolve, reject) => {
      this.#current().enqueue({ name, args, resolve, reject, ...extras });
    }) as Answer<Name>;
  }

  /** The running process, or a fresh one in which nobody is logged in. */
  #current(): ProcessLife {
    if (this.#closed) {
      throw new KeysteadError("tokens/module-unknown", `The library ${this.path} was removed. Add it again to use it.`);
    }
    if (this.#life && !this.#life.over) return this.#life;
    this.#generation += 1;
    const { path, libraryParameters, startProcess, clock, limits } = this.#parts;
    const options = { path, libraryParameters, generation: this.#generation };
    const life = new ProcessLife({
      startProcess,
      clock,
      limits,
      options,
      running: ({ info }) => {
        this.#info = info;
        this.#state = "running";
      },
      ended: (how) => {
        this.#state = how;
      },
    });
    this.#life = life;
    return life;
  }
}

/** A copy that is all its memory holds, so that a channel which sends whole blocks sends nothing beside it; wiped when sent. */
function ownCopy(pin: SecretBytes): Uint8Array {
  const bytes = pin.reveal();
  const copy = new Uint8Array(new ArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

const oaep = (mechanism: Mechanism): Extras =>
  mechanism.parameter?.kind === "oaep" ? { oaepHash: mechanism.parameter.hash } : {};
