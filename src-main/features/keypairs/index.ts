import { publicLine, publicPem } from "#main/crypto/public-key.ts";
import type { Handler, HandlerTable } from "#main/dispatch/handlers.ts";
import { assertKeypairFree } from "#main/features/jobs/index.ts";
import { fileNameOf } from "#main/file-name.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Keypair } from "#shared/models/keypair.ts";
import { createKeypair } from "./create-keypair.ts";
import { createOnToken } from "./create-on-token.ts";
import { exportPrivateKey } from "./export-private-key.ts";
import { importPrivateKey } from "./import-private-key.ts";
import { type KeypairParts, keypairResource } from "./keypair-parts.ts";
import {
  assertNameFree,
  deleteKeypair,
  findKeypair,
  findKeypairRow,
  listKeypairs,
  updateKeypair,
} from "./keypair-repository.ts";
import { assertNotOnToken } from "./private-half.ts";

export { findKeypairRow, type KeypairRow, type Viewer } from "./keypair-repository.ts";
export { type KeypairSigner, KeypairSigners } from "./keypair-signers.ts";
export { openPrivateHalf } from "./private-half.ts";

const rename: Handler<"keypairs", "rename"> = async (params, call) => {
  const before = await findKeypair(call.vault.read, call.session, params.id);
  const updatedAt = call.clock.now();
  return {
    result: { ...before, name: params.name, updatedAt },
    resource: keypairResource(before),
    change: async (tx) => {
      await assertNameFree(tx, { ...before, name: params.name }, params.id);
      await updateKeypair(tx, params.id, { name: params.name, updatedAt });
    },
    changed: ["keypairs", "servers"],
  };
};

const remove: Handler<"keypairs", "remove"> = async (params, call) => {
  const keypair = await findKeypair(call.vault.read, call.session, params.id);
  if (!params.acceptBound) assertNotBound(keypair);
  return {
    result: {
      id: params.id,
      boundServers: boundTo(keypair),
      ...(keypair.token === undefined ? {} : { staysOnToken: keypair.token.label }),
    },
    resource: keypairResource(keypair),
    change: async (tx) => {
      await assertKeypairFree(tx, keypair);
      // Looked at inside the transaction: a task that bound it may have ended since.
      if (!params.acceptBound) assertNotBound(await findKeypair(tx, call.session, params.id));
      await deleteKeypair(tx, params.id);
    },
    changed: ["keypairs", "servers"],
  };
};

const boundTo = ({ boundServers }: Keypair) => boundServers.map((server) => server.name);

function assertNotBound(keypair: Keypair): void {
  const boundServers = boundTo(keypair);
  if (boundServers.length === 0) return;
  throw new KeysteadError(
    "keypairs/in-use",
    `“${keypair.name}” is bound to ${boundServers.slice(0, 5).join(", ")}${boundServers.length > 5 ? " and others" : ""}. These servers go on accepting it; deleting it here loses the only record and perhaps the only way in. Confirm that to go on.`,
    { boundServers },
  );
}

const publicKey: Handler<"keypairs", "publicKey"> = async (params, call) => {
  const row = await findKeypairRow(call.vault.read, call.session, params.id);
  const openssh = params.format === "openssh";
  return {
    result: {
      fileName: fileNameOf(row.name, openssh ? ".pub" : ".pub.pem"),
      text: openssh ? `${publicLine(row.publicBlob, row.comment)}\n` : publicPem(row.publicBlob),
    },
    resource: keypairResource(row),
  };
};

const clearPrivateKey: Handler<"keypairs", "clearPrivateKey"> = async (params, call) => {
  const before = await findKeypair(call.vault.read, call.session, params.id);
  assertNotOnToken({ ...before, tokenLabel: before.token?.label ?? null });
  if (before.privateHalf !== "kept")
    throw new KeysteadError("keypairs/no-private-key", `“${before.name}” has no private key here to clear.`, {
      id: params.id,
    });
  const updatedAt = call.clock.now();
  const { sealedUnder: _gone, ...rest } = before;
  return {
    result: { ...rest, privateHalf: "cleared", updatedAt },
    resource: keypairResource(before),
    change: async (tx) => {
      await assertKeypairFree(tx, before);
      await updateKeypair(tx, params.id, { privateHalf: "cleared", privateSealed: null, sealedUnder: null, updatedAt });
    },
    changed: ["keypairs"],
  };
};

export function keypairHandlers(parts: KeypairParts): HandlerTable["keypairs"] {
  return {
    create: createKeypair(parts),
    createOnToken: createOnToken(parts),
    list: async (_params, call) => ({ result: { keypairs: await listKeypairs(call.vault.read, call.session) } }),
    get: async (params, call) => {
      const keypair = await findKeypair(call.vault.read, call.session, params.id);
      return { result: keypair, resource: keypairResource(keypair) };
    },
    rename,
    remove,
    publicKey,
    exportPrivateKey: exportPrivateKey(parts),
    importPrivateKey,
    clearPrivateKey,
  };
}
