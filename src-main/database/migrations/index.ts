import { first } from "./0001-first.ts";

/** In order; `PRAGMA user_version` counts how many a database has had. A landed migration is never edited. */
export const migrations: readonly string[] = [first];

export const SCHEMA_VERSION = migrations.length;
