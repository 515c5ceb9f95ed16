import type { Handler } from "#main/dispatch/handlers.ts";
import { type BackupFile, readBackup } from "./backup-file.ts";

/** H09. What the file says of itself: only restoring it, or a drill with its shares, shows that nobody has changed it. */
export const describeBackup =
  (): Handler<"tokens", "describeBackup"> =>
  async ({ path }) => {
    const file = readBackup(path);
    const { key, from, createdAt } = file;
    return {
      result: {
        key: { class: key.class, label: key.label, keyId: key.keyId },
        from: { label: from.label, serial: from.serial },
        createdAt,
        wrappedBy: whatOpens(file),
      },
      resource: { type: "token-backup", id: key.keyId, name: key.label },
    };
  };

function whatOpens(file: BackupFile) {
  if (file.version === 1) {
    const { label, keyId } = file.wrappedBy;
    return { kind: "key" as const, label, keyId };
  }
  const { setId, threshold, total } = file.wrappedBy;
  return { kind: "shares" as const, setId, threshold, total };
}
