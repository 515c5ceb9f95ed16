import type { Attributes, Mechanism, ObjectHandle } from "#main/features/tokens/token-port.ts";
import { keptAs, template } from "./attribute-values.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { nativeMechanisms } from "./mechanism-parameters.ts";
import { ask, askLater } from "./module-failure.ts";
import { finish, inShapes } from "./operation.ts";

// Making keys takes seconds, so it runs off this process's loop, which can then still notice that Keystead has gone. A module
// that refused locking is only ever called from one thread (C5).

export function generateKey(
  loaded: LoadedModule,
  slotId: string,
  mechanism: Mechanism,
  attributes: Attributes,
): Promise<ObjectHandle> {
  const [native] = nativeMechanisms(mechanism);
  const wanted = template(attributes);
  const { module, sessions } = loaded;
  return sessions.withinLater(slotId, async (session) => {
    const key = loaded.locking
      ? await askLater("C_GenerateKey", () => module.C_GenerateKeyAsync(session, native, wanted))
      : ask("C_GenerateKey", () => module.C_GenerateKey(session, native, wanted));
    return sessions.handleText(slotId, key, keptAs(attributes));
  });
}

export function generateKeyPair(
  loaded: LoadedModule,
  slotId: string,
  mechanism: Mechanism,
  publicAttributes: Attributes,
  privateAttributes: Attributes,
): Promise<{ readonly publicKey: ObjectHandle; readonly privateKey: ObjectHandle }> {
  const [native] = nativeMechanisms(mechanism);
  const pub = template(publicAttributes);
  const priv = template(privateAttributes);
  const { module, sessions } = loaded;
  return sessions.withinLater(slotId, async (session) => {
    const pair = loaded.locking
      ? await askLater("C_GenerateKeyPair", () => module.C_GenerateKeyPairAsync(session, native, pub, priv))
      : ask("C_GenerateKeyPair", () => module.C_GenerateKeyPair(session, native, pub, priv));
    return {
      publicKey: sessions.handleText(slotId, pair.publicKey, keptAs(publicAttributes)),
      privateKey: sessions.handleText(slotId, pair.privateKey, keptAs(privateAttributes)),
    };
  });
}

/** An RSA-4096 private key is 2.4 KB of PKCS#8. */
const WRAPPED_SIZE = 16 * 1024;

export function wrapKey(
  loaded: LoadedModule,
  slotId: string,
  mechanism: Mechanism,
  wrappingKey: ObjectHandle,
  key: ObjectHandle,
): Buffer {
  const { module, sessions } = loaded;
  const wrapping = sessions.handleOf(slotId, wrappingKey);
  const wrapped = sessions.handleOf(slotId, key);
  return sessions.within(slotId, (session) =>
    inShapes(mechanism, (native) =>
      finish(
        "C_WrapKey",
        WRAPPED_SIZE,
        (out) => module.C_WrapKey(session, native, wrapping, wrapped, out),
        // One call does it all, there is nothing to start anew.
        () => undefined,
      ),
    ),
  );
}

export function unwrapKey(
  loaded: LoadedModule,
  slotId: string,
  mechanism: Mechanism,
  unwrappingKey: ObjectHandle,
  wrapped: Buffer,
  attributes: Attributes,
): ObjectHandle {
  const { module, sessions } = loaded;
  const unwrapping = sessions.handleOf(slotId, unwrappingKey);
  const wanted = template(attributes);
  return sessions.within(slotId, (session) =>
    inShapes(mechanism, (native) =>
      sessions.handleText(
        slotId,
        ask("C_UnwrapKey", () => module.C_UnwrapKey(session, native, unwrapping, wrapped, wanted)),
        keptAs(attributes),
      ),
    ),
  );
}

export function deriveKey(
  loaded: LoadedModule,
  slotId: string,
  mechanism: Mechanism,
  key: ObjectHandle,
  attributes: Attributes,
): ObjectHandle {
  const { module, sessions } = loaded;
  const base = sessions.handleOf(slotId, key);
  const wanted = template(attributes);
  const [native] = nativeMechanisms(mechanism);
  return sessions.within(slotId, (session) =>
    sessions.handleText(
      slotId,
      ask("C_DeriveKey", () => module.C_DeriveKey(session, native, base, wanted)),
      keptAs(attributes),
    ),
  );
}
