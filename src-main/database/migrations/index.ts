import { first } from "./0001-first.ts";
import { tokens } from "./0002-tokens.ts";
import { timeWorked } from "./0003-time-worked.ts";

/**
 * In order; `PRAGMA user_version` counts how many a database has had. A landed migration is never edited. Each runs in a
 * transaction with foreign keys off, and what it leaves must pass `foreign_key_check`.
 */
export const migrations: readonly string[] = [first, tokens, timeWorked];

export const SCHEMA_VERSION = migrations.length;
