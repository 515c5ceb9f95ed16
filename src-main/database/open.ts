import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from "node:fs";
import Database from "better-sqlite3";
import { CompiledQuery, Kysely, SqliteDialect, type SqliteStatement } from "kysely";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { ReadableDb, WritableDb } from "./brands.ts";
import { migrations, SCHEMA_VERSION } from "./migrations/index.ts";
import type { VaultTables } from "./schema.ts";
import { translateSqliteError } from "./sqlite-errors.ts";

/** Runs part of a transaction so that its failure undoes only that part. Rejects with `TransactionLost` when it undid all of it. */
export type Part = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * A full or failing disk can make SQLite roll the whole transaction back by itself. Whatever were written after that would
 * commit alone, so nothing may be: the one who runs the parts must let this through.
 */
export class TransactionLost extends Error {
  constructor(cause: unknown) {
    super("the transaction was rolled back as a whole", { cause });
  }
}

export interface VaultDatabase {
  readonly read: ReadableDb;
  /**
   * One write transaction: durable on disk when this resolves, nothing of it there when it rejects. `part` is a savepoint.
   * Rejects with `vault/disk-failed` when the disk does, otherwise with what `work` threw.
   */
  transaction<T>(work: (tx: WritableDb, part: Part) => Promise<T>): Promise<T>;
  /** Rows as plain arrays, straight from the driver, for walks over millions of rows. `sql` is a constant. */
  rows(sql: string, parameters: readonly unknown[]): IterableIterator<readonly unknown[]>;
  close(): Promise<void>;
}

const SALT_BYTES = 16;

/** SQLCipher's page layout keeps a 16-byte salt in the clear at offset 0; ours is the vault id (docs/formats.md). */
export function readDatabaseVaultId(file: string): string | undefined {
  // Not to wait for a writer when somebody has put a pipe there.
  const handle = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const salt = Buffer.alloc(SALT_BYTES);
    if (!fstatSync(handle).isFile()) return undefined;
    return readSync(handle, salt, 0, SALT_BYTES, 0) === SALT_BYTES ? salt.toString("hex") : undefined;
  } finally {
    closeSync(handle);
  }
}

export interface OpenOptions {
  readonly file: string;
  readonly key: SecretBytes;
  /** UUID of the vault, which the file must belong to. */
  readonly vaultId: string;
  /** `create` insists that there is no file yet, `open` that there is one. */
  readonly mode: "create" | "open";
}

/**
 * Opens the encrypted database: SQLCipher 4 layout (AES-256-CBC, HMAC-SHA-512 a page), raw key, WAL, `synchronous=FULL` (D1).
 * Errors: database-missing, database-mismatch (another vault's file), database-damaged, newer-version, held-by-other, disk-failed.
 */
export function openDatabase(options: OpenOptions): VaultDatabase {
  const salt = options.vaultId.replaceAll("-", "");
  if (options.mode === "open") {
    if (!existsSync(options.file)) {
      throw new KeysteadError(
        "vault/database-missing",
        "The vault's database file vault.db is not there. Restore it from a backup into the vault folder.",
        { file: options.file },
      );
    }
    if (readDatabaseVaultId(options.file) !== salt) refuseForeignFile(options.file);
  } else if (existsSync(options.file)) {
    throw new KeysteadError("vault/exists", "A database is already there and will not be overwritten.", {
      file: options.file,
    });
  }
  let driver: Database.Database | undefined;
  try {
    driver = new Database(options.file, { timeout: 0 });
    driver.pragma("cipher='sqlcipher'");
    driver.pragma("legacy=4");
    giveKey(driver, options.key, salt);
    // The first read proves the key: SQLITE_NOTADB when a page does not authenticate.
    driver.pragma("user_version");
    driver.pragma("locking_mode=EXCLUSIVE");
    driver.pragma("journal_mode=WAL");
    driver.pragma("synchronous=FULL");
    driver.pragma("secure_delete=ON");
    driver.pragma("temp_store=MEMORY");
    driver.pragma("cache_size=-32768");
    migrate(driver);
    driver.pragma("foreign_keys=ON");
    return wrap(driver);
  } catch (error) {
    driver?.close();
    throw translateSqliteError(error);
  }
}

/** As bytes: a PRAGMA with the key in it is a text, which cannot be wiped. */
function giveKey(driver: Database.Database, key: SecretBytes, salt: string): void {
  using text = SecretBytes.take(rawKey(key.reveal(), salt));
  driver.key(text.reveal());
}

/** `raw:`, the key and the salt in hexadecimal digits, ASCII. */
function rawKey(key: Uint8Array, salt: string): Buffer {
  const digits = "0123456789abcdef";
  const text = Buffer.from(new ArrayBuffer(4 + 2 * key.length + salt.length));
  text.write("raw:", 0, "latin1");
  for (const [index, byte] of key.entries()) {
    text[4 + 2 * index] = digits.charCodeAt(byte >> 4);
    text[5 + 2 * index] = digits.charCodeAt(byte & 15);
  }
  text.write(salt, 4 + 2 * key.length, "latin1");
  return text;
}

function refuseForeignFile(file: string): never {
  const found = readDatabaseVaultId(file);
  if (found === undefined) {
    throw new KeysteadError(
      "vault/database-damaged",
      "The vault's database file is cut short. Restore the folder from a backup.",
      { file },
    );
  }
  throw new KeysteadError(
    "vault/database-mismatch",
    "vault.db and vault.json do not belong together: the database is of another vault, or its beginning is damaged. Put the files of one vault into one folder.",
    { file },
  );
}

function migrate(driver: Database.Database): void {
  const version = Number(driver.pragma("user_version", { simple: true }));
  if (version > SCHEMA_VERSION) {
    throw new KeysteadError(
      "vault/newer-version",
      `This vault was written by a newer Keystead (database version ${version}, this one knows ${SCHEMA_VERSION}). Update Keystead to open it.`,
      {
        found: version,
        known: SCHEMA_VERSION,
      },
    );
  }
  // Only outside a transaction does the pragma count; a table that others refer to could not be built anew with it on.
  driver.pragma("foreign_keys=OFF");
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    driver.transaction(() => {
      driver.exec(sql);
      if ((driver.pragma("foreign_key_check") as unknown[]).length > 0)
        throw new TypeError(`Migration ${index + 1} leaves rows that refer to nothing`);
      driver.pragma(`user_version=${index + 1}`);
    })();
  }
}

function inOurWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translateSqliteError(error);
  }
}

/** Reads too: a page that is damaged or cannot be read shows itself when it is needed, not at unlock. */
function translating(statement: Database.Statement): SqliteStatement {
  return {
    reader: statement.reader,
    all: (parameters) => inOurWords(() => statement.all(parameters)),
    run: (parameters) => inOurWords(() => statement.run(parameters)),
    iterate: (parameters) => inOurWords(() => statement.iterate(parameters) as IterableIterator<unknown>),
  };
}

/** Kysely prepares every query anew; preparing costs more than running a small one, so statements are kept. */
function cachingDriver(driver: Database.Database) {
  const kept = new Map<string, SqliteStatement>();
  return {
    prepare(sql: string): SqliteStatement {
      let statement = kept.get(sql);
      if (statement === undefined) {
        statement = inOurWords(() => translating(driver.prepare(sql)));
        if (kept.size >= 500) kept.clear();
        kept.set(sql, statement);
      }
      return statement;
    },
    close: () => driver.close(),
  };
}

function wrap(driver: Database.Database): VaultDatabase {
  const kysely = new Kysely<VaultTables>({ dialect: new SqliteDialect({ database: cachingDriver(driver) }) });
  return {
    read: kysely as unknown as ReadableDb,
    transaction: (work) =>
      kysely.connection().execute(async (connection) => {
        const say = (sql: string) => connection.executeQuery(CompiledQuery.raw(sql));
        const part: Part = async (inner) => {
          await say("SAVEPOINT part");
          try {
            const value = await inner();
            await say("RELEASE part");
            return value;
          } catch (error) {
            if (!driver.inTransaction) throw new TransactionLost(translateSqliteError(error));
            await say("ROLLBACK TO part");
            await say("RELEASE part");
            throw translateSqliteError(error);
          }
        };
        try {
          await say("BEGIN IMMEDIATE");
          const value = await work(connection as unknown as WritableDb, part);
          await say("COMMIT");
          return value;
        } catch (error) {
          if (driver.inTransaction) driver.exec("ROLLBACK");
          throw error instanceof TransactionLost ? error.cause : translateSqliteError(error);
        }
      }),
    *rows(sql, parameters) {
      try {
        yield* driver
          .prepare(sql)
          .raw()
          .iterate(...parameters) as IterableIterator<readonly unknown[]>;
      } catch (error) {
        throw translateSqliteError(error);
      }
    },
    async close() {
      await kysely.destroy();
      if (driver.open) driver.close();
    },
  };
}
