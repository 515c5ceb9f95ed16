import type { Handler } from "#main/dispatch/handlers.ts";
import type { KeypairParts } from "./keypair-parts.ts";
import { findKeypairRow } from "./keypair-repository.ts";
import { openPrivateHalf } from "./private-half.ts";
import { noteKeyFiles, removeFiles, writeKeyFile } from "./private-key-file.ts";

/** All or none: a key that cannot be written takes the files written before it back. */
export const exportPrivateKey =
  (parts: KeypairParts): Handler<"keypairs", "exportPrivateKey"> =>
  async (params, call) => {
    const ids = [...new Set(params.ids)];
    const rows = await Promise.all(ids.map((id) => findKeypairRow(call.vault.read, call.session, id)));
    const names = rows
      .map(({ name }) => name)
      .join(", ")
      .slice(0, 255);
    const resource = { type: "keypair" as const, id: params.ids[0] ?? "", name: names };
    const written: { keypairId: string; path: string }[] = [];
    const undo = () => removeFiles(written.map((file) => file.path));
    try {
      for (const row of rows) {
        const material = openPrivateHalf(call.vault, row);
        using _pkcs8 = material.pkcs8;
        // Once it is sure that there is something to write.
        if (written.length === 0) await noteKeyFiles(call, "keypairs.exportPrivateKey", resource, params.file);
        written.push({
          keypairId: row.id,
          path: await writeKeyFile({ ...row, material }, params.file, parts.exportFolder),
        });
      }
    } catch (error) {
      undo();
      throw error;
    }
    return { result: { files: written }, resource, undo };
  };
