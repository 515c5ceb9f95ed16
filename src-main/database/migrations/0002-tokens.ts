/**
 * Tokens: libraries, tokens registered as instances, our own count of wrong PINs, and key pairs whose private half is on one.
 *
 * SQLite cannot change a CHECK: `keypairs` is built anew and takes the old one's place, in the order its documentation gives
 * (lang_altertable, section 7). The runner has switched foreign keys off, or dropping the old table would delete every binding.
 */
export const tokens = `
CREATE TABLE keypairsNew (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  ownerId TEXT NOT NULL REFERENCES users(id),
  scope TEXT NOT NULL CHECK (scope IN ('private', 'account')),
  spec TEXT NOT NULL,
  comment TEXT NOT NULL,
  publicBlob BLOB NOT NULL,
  fingerprintSha256 TEXT NOT NULL,
  fingerprintMd5 TEXT NOT NULL,
  privateHalf TEXT NOT NULL CHECK (privateHalf IN ('kept', 'never-kept', 'cleared', 'on-token')),
  privateSealed BLOB,
  sealVersion INTEGER NOT NULL,
  sealedUnder TEXT,
  tokenId TEXT,
  tokenSerial TEXT,
  tokenLabel TEXT,
  tokenKeyId TEXT,
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL,
  CHECK ((privateHalf = 'kept') = (privateSealed IS NOT NULL)),
  CHECK ((privateHalf = 'on-token') = (tokenId IS NOT NULL)),
  CHECK ((tokenId IS NULL) = (tokenSerial IS NULL) AND (tokenId IS NULL) = (tokenLabel IS NULL) AND (tokenId IS NULL) = (tokenKeyId IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO keypairsNew (id, name, ownerId, scope, spec, comment, publicBlob, fingerprintSha256, fingerprintMd5, privateHalf,
  privateSealed, sealVersion, sealedUnder, createdAt, updatedAt)
  SELECT id, name, ownerId, scope, spec, comment, publicBlob, fingerprintSha256, fingerprintMd5, privateHalf,
    privateSealed, sealVersion, sealedUnder, createdAt, updatedAt FROM keypairs;
DROP TABLE keypairs;
ALTER TABLE keypairsNew RENAME TO keypairs;
CREATE UNIQUE INDEX keypairsByName ON keypairs (CASE scope WHEN 'account' THEN '' ELSE ownerId END, name);
CREATE INDEX keypairsByToken ON keypairs (tokenId);

CREATE TABLE tokenModules (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL UNIQUE,
  libraryParameters TEXT,
  addedAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Registered tokens outlive their library and their absence: they are known by what is printed on them (C29).
CREATE TABLE tokenInstances (
  tokenId TEXT PRIMARY KEY,
  moduleId TEXT NOT NULL,
  label TEXT NOT NULL,
  manufacturer TEXT NOT NULL,
  model TEXT NOT NULL,
  serial TEXT NOT NULL,
  name TEXT,
  use TEXT CHECK (use IN ('server', 'signature', 'finance')),
  status TEXT NOT NULL CHECK (status IN ('to-be-activated', 'running', 'failed', 'removed')),
  tagsJson TEXT NOT NULL,
  createdAt INTEGER NOT NULL,
  lastSeenAt INTEGER NOT NULL,
  CHECK ((name IS NULL) = (use IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tokenInstancesByName ON tokenInstances (name) WHERE name IS NOT NULL;

-- Flags lie (C14): how often a wrong PIN was given since the last right one, as we have seen it.
CREATE TABLE tokenPinFailures (
  tokenId TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('user', 'so')),
  count INTEGER NOT NULL,
  lastAt INTEGER NOT NULL,
  PRIMARY KEY (tokenId, role)
) STRICT, WITHOUT ROWID;
`;
