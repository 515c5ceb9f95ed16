import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { newKeyId } from "./key-id.ts";
import { destroyQuietly, makeKey } from "./make-key.ts";
import { protectionOf, readBackDifferences } from "./protection.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { type OnToken, readObjects } from "./token-objects.ts";
import type { ObjectHandle } from "./token-port.ts";
import { type TokensParts, tokenResource } from "./tokens-parts.ts";

/** H07. What the token says of the key it made is read back and shown, and held against what was asked (C47). */
export const generateKey =
  (parts: TokensParts): Handler<"tokens", "generateKey"> =>
  (params) =>
    parts.service.shared(params.id, async (token) => {
      await parts.service.logins.requireUser(token);
      const before = params.keyId === undefined ? [] : await readObjects(token);
      if (before.some((object) => object.keyId === params.keyId && object.class !== "certificate"))
        throw idTaken(params.keyId ?? "");
      const { spec, label, extractable, purpose } = params;
      const handles = await makeKey(token, { spec, label, extractable, purpose, keyId: params.keyId ?? newKeyId() });
      const objects = await readBack(token, handles, { extractable, alone: params.keyId !== undefined });
      return {
        result: { objects: objects.map((object) => object.view) },
        resource: { type: "token-key", id: objects[0]?.keyId ?? "", name: `${label} on ${token.info.label}` },
        undo: () => destroyQuietly(token, handles),
        changed: ["tokens"],
      };
    });

function idTaken(keyId: string): KeysteadError {
  return new KeysteadError(
    "tokens/object-ambiguous",
    `There is a key with the id ${keyId} on this token already. Choose another id, or give none.`,
    { keyId },
  );
}

const isTwin = (other: OnToken, own: OnToken | undefined): boolean =>
  own !== undefined && other.handle !== own.handle && other.class === own.class && other.keyId === own.keyId;

/** The objects made, as the token now lists them. A key that is not as safe as was asked is not left there. */
async function readBack(
  token: TokenInUse,
  handles: readonly ObjectHandle[],
  { extractable, alone }: { readonly extractable: boolean; readonly alone: boolean },
): Promise<readonly OnToken[]> {
  try {
    const all = await readObjects(token);
    const made = handles.flatMap((handle) => all.find((object) => object.handle === handle) ?? []);
    // Making a key takes long, and nobody waits for it: another one may have got the same id meanwhile.
    const twin = alone && all.some((other) => isTwin(other, made[0]));
    if (twin) throw idTaken(made[0]?.keyId ?? "");
    const differences = made
      .filter((object) => object.class !== "public-key")
      // Whether it calls the key its own make is shown with it; it does not make the key less safe.
      .flatMap((object) => readBackDifferences({ extractable }, { ...protectionOf(object.attributes), local: true }));
    if (made.length === handles.length && differences.length === 0) return made;
    throw new KeysteadError(
      "tokens/mechanism-broken",
      `The token made another key than it was asked for, so it was deleted again. ${differences.join(" ")}`.trim(),
      { differences },
    );
  } catch (error) {
    await destroyQuietly(token, handles);
    throw error;
  }
}

export const listObjects =
  (parts: TokensParts): Handler<"tokens", "listObjects"> =>
  (params) =>
    parts.service.shared(params.id, async (token) => {
      const objects = await readObjects(token);
      return {
        result: {
          objects: objects.map((object) => object.view),
          loggedIn: (await token.module.loggedIn(token.slot.slotId)) === "user",
        },
        resource: tokenResource({ id: token.id, label: token.info.label }),
      };
    });
