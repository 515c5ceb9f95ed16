import * as ciphers from "./cipher-calls.ts";
import * as keys from "./key-calls.ts";
import { type LoadedModule, loadModule } from "./loaded-module.ts";
import * as login from "./login-calls.ts";
import { measure } from "./measure.ts";
import { ask, failureOf, ModuleFailure } from "./module-failure.ts";
import * as objects from "./object-calls.ts";
import { type AnswerMessage, type CallMessage, type CallName, type ProcessCalls, reviveBuffers } from "./protocol.ts";
import { listMechanisms, listSlots } from "./slot-calls.ts";

export interface Channel {
  post(message: AnswerMessage): void;
  listen(listener: (message: unknown) => void): void;
}

type Handlers = {
  readonly [Name in CallName]: (
    ...args: Parameters<ProcessCalls[Name]>
  ) => ReturnType<ProcessCalls[Name]> | Promise<ReturnType<ProcessCalls[Name]>>;
};

/** Answers calls strictly one after another: modules crash under parallel calls even where they promise locking (C8). */
export function answerCalls(channel: Channel): void {
  const handlers = createHandlers();
  let previous: Promise<void> = Promise.resolve();
  channel.listen((message) => {
    const { id, call, args } = message as CallMessage;
    previous = previous.then(async () => {
      channel.post(await answer(handlers, id, call, args));
    });
  });
}

async function answer(
  handlers: Handlers,
  id: number,
  call: CallName,
  args: readonly unknown[],
): Promise<AnswerMessage> {
  try {
    const handler = handlers[call] as (...args: unknown[]) => unknown;
    return { id, value: await handler(...args.map(reviveBuffers)) };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}

function createHandlers(): Handlers {
  let module: LoadedModule | undefined;
  const loaded = (): LoadedModule => {
    if (!module) throw new ModuleFailure({ nature: "bug", text: "called before start" });
    return module;
  };
  return {
    // C7: initialised here, in the process that uses it, never before.
    start: (options) => {
      const started = loadModule(options);
      module = started.loaded;
      return started.answer;
    },
    end: () => {
      const last = module;
      module = undefined;
      // C_Finalize can hang (C4): whoever asked waits a moment only.
      if (last) ask("C_Finalize", () => last.module.C_Finalize());
    },
    slots: () => listSlots(loaded()),
    mechanisms: (slotId) => listMechanisms(loaded(), slotId),
    logIn: (...args) => login.logIn(loaded(), ...args),
    logOut: (...args) => login.logOut(loaded(), ...args),
    loggedIn: (...args) => login.loggedIn(loaded(), ...args),
    initToken: (...args) => login.initToken(loaded(), ...args),
    initPin: (...args) => login.initPin(loaded(), ...args),
    setPin: (...args) => login.setPin(loaded(), ...args),
    find: (...args) => objects.find(loaded(), ...args),
    read: (...args) => objects.read(loaded(), ...args),
    createObject: (...args) => objects.createObject(loaded(), ...args),
    setAttributes: (...args) => objects.setAttributes(loaded(), ...args),
    destroyObject: (...args) => objects.destroyObject(loaded(), ...args),
    generateKey: (...args) => keys.generateKey(loaded(), ...args),
    generateKeyPair: (...args) => keys.generateKeyPair(loaded(), ...args),
    wrapKey: (...args) => keys.wrapKey(loaded(), ...args),
    unwrapKey: (...args) => keys.unwrapKey(loaded(), ...args),
    deriveKey: (...args) => keys.deriveKey(loaded(), ...args),
    sign: (...args) => ciphers.sign(loaded(), ...args),
    signWithPin: (...args) => ciphers.signWithPin(loaded(), ...args),
    verify: (...args) => ciphers.verify(loaded(), ...args),
    encrypt: (...args) => ciphers.encrypt(loaded(), ...args),
    decrypt: (...args) => ciphers.decrypt(loaded(), ...args),
    random: (...args) => ciphers.random(loaded(), ...args),
    measure: (...args) => measure(loaded(), ...args),
  };
}
