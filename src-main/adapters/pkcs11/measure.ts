import type { Handle } from "pkcs11js";
import type { MeasuredWork } from "#main/features/tokens/token-port.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { nativeMechanisms } from "./mechanism-parameters.ts";
import { ask, askLater, hasCkr } from "./module-failure.ts";

interface Measured {
  readonly operations: number;
  readonly milliseconds: number;
}

/**
 * How often the token does `work` in a given time. Several callers means several sessions worked on at once, which is the only
 * place where a module sees two threads (C8): nothing else runs meanwhile, and only in a module that agreed to locking.
 */
export async function measure(loaded: LoadedModule, slotId: string, work: MeasuredWork): Promise<Measured> {
  const lone = work.callers <= 1 || !loaded.locking;
  const key = loaded.sessions.handleOf(slotId, work.key);
  if (lone) return loaded.sessions.within(slotId, (session) => alone(loaded, session, key, work));
  return loaded.sessions.withinLater(slotId, async () => {
    const sessions = openSome(loaded, slotId, work.callers);
    try {
      return await together(loaded, sessions, key, work);
    } finally {
      for (const session of sessions) ask("C_CloseSession", () => loaded.module.C_CloseSession(session));
    }
  });
}

/** As many sessions as asked for, or as the token has. */
function openSome(loaded: LoadedModule, slotId: string, count: number): readonly Handle[] {
  const sessions = [loaded.sessions.openAnother(slotId)];
  while (sessions.length < count) {
    try {
      sessions.push(loaded.sessions.openAnother(slotId));
    } catch (error) {
      if (hasCkr(error, "CKR_SESSION_COUNT")) break;
      for (const session of sessions) ask("C_CloseSession", () => loaded.module.C_CloseSession(session));
      throw error;
    }
  }
  return sessions;
}

function alone(loaded: LoadedModule, session: Handle, key: Handle, work: MeasuredWork): Measured {
  const { start, run } = prepare(loaded, session, key, work);
  const begun = performance.now();
  let operations = 0;
  let elapsed = 0;
  do {
    start();
    run();
    operations += 1;
    elapsed = performance.now() - begun;
  } while (elapsed < work.forMilliseconds);
  return { operations, milliseconds: elapsed };
}

async function together(
  loaded: LoadedModule,
  sessions: readonly Handle[],
  key: Handle,
  work: MeasuredWork,
): Promise<Measured> {
  const begun = performance.now();
  const loops = sessions.map(async (session) => {
    const { start, runLater } = prepare(loaded, session, key, work);
    let operations = 0;
    while (performance.now() - begun < work.forMilliseconds) {
      start();
      await runLater();
      operations += 1;
    }
    return operations;
  });
  // All of them end before a session is closed or a buffer given up, also when one fails.
  const ended = await Promise.allSettled(loops);
  const milliseconds = performance.now() - begun;
  let operations = 0;
  for (const loop of ended) {
    if (loop.status === "rejected") throw loop.reason;
    operations += loop.value;
  }
  return { operations, milliseconds };
}

interface Prepared {
  readonly start: () => void;
  readonly run: () => unknown;
  readonly runLater: () => Promise<unknown>;
}

/** The native side keeps no reference to the buffers of a call under way: these closures do. */
function prepare(loaded: LoadedModule, session: Handle, key: Handle, work: MeasuredWork): Prepared {
  const { module } = loaded;
  const [native] = nativeMechanisms(work.mechanism);
  const { message } = work;
  const out = Buffer.alloc(Math.max(2048, message.length + 256));
  const signature = work.signature ?? Buffer.alloc(0);
  switch (work.kind) {
    case "sign":
      return {
        start: () => ask("C_SignInit", () => module.C_SignInit(session, native, key)),
        run: () => ask("C_Sign", () => module.C_Sign(session, message, out)),
        runLater: () => askLater("C_Sign", () => module.C_SignAsync(session, message, out)),
      };
    case "verify":
      return {
        start: () => ask("C_VerifyInit", () => module.C_VerifyInit(session, native, key)),
        run: () => ask("C_Verify", () => module.C_Verify(session, message, signature)),
        runLater: () => askLater("C_Verify", () => module.C_VerifyAsync(session, message, signature)),
      };
    case "encrypt":
      return {
        start: () => ask("C_EncryptInit", () => module.C_EncryptInit(session, native, key)),
        run: () => ask("C_Encrypt", () => module.C_Encrypt(session, message, out)),
        runLater: () => askLater("C_Encrypt", () => module.C_EncryptAsync(session, message, out)),
      };
  }
}
