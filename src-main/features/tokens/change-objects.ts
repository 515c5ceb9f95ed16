import type { Handler, Resource } from "#main/dispatch/handlers.ts";
import { hasToken, type OpenVault } from "#main/features/vault/index.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { findByRef } from "./object-ref.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { type OnToken, readObjects } from "./token-objects.ts";
import { keypairsOn } from "./token-repository.ts";
import { note, type TokensParts } from "./tokens-parts.ts";

export const objectResource = (token: TokenInUse, object: OnToken): Resource => ({
  type: "token-key",
  id: object.keyId.slice(0, 64),
  name: `${object.label} on ${token.info.label}`.slice(0, 255),
});

/** The other half of a key pair; certificates keep their own names and stay. */
function halvesOf(object: OnToken, all: readonly OnToken[]): readonly OnToken[] {
  if (object.class !== "private-key" && object.class !== "public-key") return [object];
  const other = object.class === "private-key" ? "public-key" : "private-key";
  return [object, ...all.filter(({ class: kind, view }) => kind === other && object.view.linked.includes(view.ref))];
}

/** H07: both halves of a key pair get the same label, or none does. */
export const renameObject =
  (parts: TokensParts): Handler<"tokens", "renameObject"> =>
  (params) =>
    parts.service.shared(params.id, async (token) => {
      await parts.service.logins.requireUser(token);
      const all = await readObjects(token);
      const object = findByRef(params.ref, all);
      const halves = halvesOf(object, all);
      const done: OnToken[] = [];
      const undo = async () => {
        for (const half of done) await label(token, half, half.label);
      };
      try {
        for (const half of halves) {
          await label(token, half, params.label);
          done.push(half);
        }
      } catch (error) {
        await undo();
        throw error;
      }
      const handles = new Set(halves.map((half) => half.handle));
      const renamed = (await readObjects(token)).filter(({ handle }) => handles.has(handle));
      return {
        result: { objects: renamed.map(({ view }) => view) },
        resource: objectResource(token, object),
        undo,
        changed: ["tokens"],
      };
    });

const label = (token: TokenInUse, object: OnToken, text: string) =>
  token.module.setAttributes(token.slot.slotId, object.handle, { CKA_LABEL: text });

/** H06: a key that a slot of the header is opened with goes only after its administrator. Error: `tokens/last-way-in`. */
function refuseWayIn(vault: OpenVault, token: TokenInUse, object: OnToken): void {
  if (object.class !== "private-key" && object.class !== "secret-key") return;
  const slot = vault.header.slots
    .filter(hasToken)
    .find((each) => each.keyId === object.keyId && each.token.serial === token.info.serial);
  if (slot === undefined) return;
  throw new KeysteadError(
    "tokens/last-way-in",
    `${slot.userName} opens this vault with the key “${object.label}”. Remove the token as an administrator first: nothing was deleted.`,
    { slotId: slot.id },
  );
}

/**
 * The private half first: a token that refuses it leaves the pair whole. One that refuses the rest has lost what counts already,
 * and that must not sound like a refusal. Errors: deletion-incomplete, or the token's own while nothing is gone.
 */
async function destroyAll(token: TokenInUse, doomed: readonly OnToken[]): Promise<void> {
  for (const [index, { handle, label: name }] of doomed.entries()) {
    try {
      await token.module.destroyObject(token.slot.slotId, handle);
    } catch (error) {
      if (index === 0 || !isKeysteadError(error)) throw error;
      const refs = doomed.map(({ view }) => view.ref);
      throw new KeysteadError(
        "tokens/deletion-incomplete",
        `The private key “${name}” is deleted for good, and its public half could not be: ${error.message} Look at what is on the token and delete the public key by itself.`,
        { deleted: refs.slice(0, index), left: refs.slice(index) },
        { cause: error },
      );
    }
  }
}

/**
 * H07. Gone for good, so it is on record before it happens. Deletes nothing that a key pair of this vault lives from; alone with
 * the token, as one that is just being made is on record only when the turn it is made in is over.
 */
export const deleteObject =
  (parts: TokensParts): Handler<"tokens", "deleteObject"> =>
  (params, call) =>
    parts.service.exclusive(params.id, async (token) => {
      await parts.service.logins.requireUser(token);
      const all = await readObjects(token);
      const object = findByRef(params.ref, all);
      const word = object.label === "" ? object.keyId : object.label;
      if (params.confirm !== word)
        throw new KeysteadError(
          "tokens/confirmation-wrong",
          `Type ${object.label === "" ? "the id" : "the label"} of what is to be deleted, exactly as shown: nothing was deleted.`,
          { ref: params.ref },
        );
      refuseWayIn(call.vault, token, object);
      const doomed = object.class === "private-key" ? halvesOf(object, all) : [object];
      if (object.class === "private-key") {
        const pair = (await keypairsOn(call.vault.read, token)).find(({ tokenKeyId }) => tokenKeyId === object.keyId);
        if (pair !== undefined)
          throw new KeysteadError(
            "keypairs/in-use",
            `This is the private half of the key pair “${pair.name}”. Delete that key pair first.`,
            { ref: params.ref },
          );
      }
      await note(call, {
        name: "deleteTokenObject",
        operation: "tokens.deleteObject",
        resource: objectResource(token, object),
        status: "warning",
        text: JSON.stringify({ deleting: doomed.map(({ view }) => view.ref), serial: token.info.serial }),
      });
      await destroyAll(token, doomed);
      return {
        result: { deleted: doomed.map(({ view }) => view.ref) },
        resource: objectResource(token, object),
        status: "warning",
        changed: ["tokens"],
      };
    });
