import type { Handler } from "#main/dispatch/handlers.ts";
import type { KeypairParts } from "./keypair-parts.ts";
import { findKeypairRow } from "./keypair-repository.ts";
import { openPrivateHalf } from "./private-half.ts";
import { removeFiles, writeKeyFile } from "./private-key-file.ts";

/** All or none: a key that cannot be written takes the files written before it back. */
export const exportPrivateKey =
  (parts: KeypairParts): Handler<"keypairs", "exportPrivateKey"> =>
  async (params, call) => {
    const written: { keypairId: string; path: string }[] = [];
    const names: string[] = [];
    const undo = () => removeFiles(written.map((file) => file.path));
    try {
      for (const id of new Set(params.ids)) {
        const row = await findKeypairRow(call.vault.read, call.session, id);
        const material = openPrivateHalf(call.vault, row);
        using _pkcs8 = material.pkcs8;
        written.push({
          keypairId: id,
          path: await writeKeyFile({ ...row, material }, params.file, parts.exportFolder),
        });
        names.push(row.name);
      }
    } catch (error) {
      undo();
      throw error;
    }
    return {
      result: { files: written },
      resource: { type: "keypair", id: params.ids[0] ?? "", name: names.join(", ").slice(0, 255) },
      undo,
    };
  };
