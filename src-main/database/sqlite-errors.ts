import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";

function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/** The one translation of what SQLite reports, from its result codes; anything else goes through as the bug it is. */
export function translateSqliteError(error: unknown): unknown {
  if (isKeysteadError(error)) return error;
  const code = codeOf(error);
  const options = { cause: error };
  if (code === "SQLITE_FULL") {
    return new KeysteadError(
      "vault/disk-failed",
      "The disk that holds the vault is full. Free some space and try again; nothing was changed.",
      { code },
      options,
    );
  }
  if (
    code.startsWith("SQLITE_IOERR") ||
    code === "SQLITE_READONLY" ||
    code.startsWith("SQLITE_READONLY_") ||
    code.startsWith("SQLITE_CANTOPEN")
  ) {
    return new KeysteadError(
      "vault/disk-failed",
      "The vault's database could not be read or written. Check the disk and the folder's permissions; nothing was changed.",
      { code },
      options,
    );
  }
  if (code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT")) {
    return new KeysteadError(
      "vault/database-damaged",
      "The vault's database is damaged. Restore the folder from a backup.",
      { code },
      options,
    );
  }
  if (code === "SQLITE_BUSY" || code.startsWith("SQLITE_BUSY_") || code === "SQLITE_LOCKED") {
    return new KeysteadError(
      "vault/held-by-other",
      "Another program holds the vault's database. Close it there and try again.",
      { code },
      options,
    );
  }
  return error;
}
