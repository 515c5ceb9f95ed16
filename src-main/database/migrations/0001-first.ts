/** The tables of the main job: users, key pairs, servers and bindings, tasks, traces. */
export const first = `
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  actionsJson TEXT NOT NULL,
  createdAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE keypairs (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  ownerId TEXT NOT NULL REFERENCES users(id),
  scope TEXT NOT NULL CHECK (scope IN ('private', 'account')),
  spec TEXT NOT NULL,
  comment TEXT NOT NULL,
  publicBlob BLOB NOT NULL,
  fingerprintSha256 TEXT NOT NULL,
  fingerprintMd5 TEXT NOT NULL,
  privateHalf TEXT NOT NULL CHECK (privateHalf IN ('kept', 'never-kept', 'cleared')),
  privateSealed BLOB,
  sealVersion INTEGER NOT NULL,
  sealedUnder TEXT,
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL,
  CHECK ((privateHalf = 'kept') = (privateSealed IS NOT NULL))
) STRICT, WITHOUT ROWID;
-- Account-wide names are unique for all, private ones for their owner.
CREATE UNIQUE INDEX keypairsByName ON keypairs (CASE scope WHEN 'account' THEN '' ELSE ownerId END, name);

CREATE TABLE servers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  host TEXT NOT NULL,
  port INTEGER NOT NULL,
  user TEXT NOT NULL,
  profile TEXT NOT NULL CHECK (profile IN ('strict', 'legacy')),
  reachability TEXT NOT NULL,
  problemCode TEXT,
  problemMessage TEXT,
  lastSeenAt INTEGER,
  serverVersion TEXT,
  passwordLogin TEXT NOT NULL CHECK (passwordLogin IN ('unknown', 'on', 'off')),
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX serversByAddress ON servers (host COLLATE NOCASE, port, user);

CREATE TABLE hostKeys (
  serverId TEXT NOT NULL REFERENCES servers(id) ON DELETE CASCADE,
  algorithm TEXT NOT NULL,
  blob TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  pinnedAt INTEGER NOT NULL,
  PRIMARY KEY (serverId, algorithm)
) STRICT, WITHOUT ROWID;

CREATE TABLE bindings (
  serverId TEXT NOT NULL REFERENCES servers(id) ON DELETE CASCADE,
  keypairId TEXT NOT NULL REFERENCES keypairs(id) ON DELETE CASCADE,
  user TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('bound', 'unproved')),
  authorizedKeysPath TEXT NOT NULL,
  provedAt INTEGER,
  PRIMARY KEY (serverId, keypairId, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX bindingsByKeypair ON bindings (keypairId);

CREATE TABLE tasks (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  state TEXT NOT NULL,
  serverId TEXT REFERENCES servers(id) ON DELETE SET NULL,
  keypairId TEXT REFERENCES keypairs(id) ON DELETE SET NULL,
  operatorId TEXT NOT NULL,
  operatorName TEXT NOT NULL,
  createdAt INTEGER NOT NULL,
  updatedAt INTEGER NOT NULL,
  endedAt INTEGER,
  attempt INTEGER NOT NULL,
  causeJson TEXT,
  paramsJson TEXT NOT NULL,
  memorySealed BLOB,
  secretsSealed BLOB,
  sealVersion INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tasksByServer ON tasks (serverId);
CREATE INDEX tasksByKeypair ON tasks (keypairId);

CREATE TABLE taskSteps (
  taskId TEXT NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  startedAt INTEGER,
  endedAt INTEGER,
  proof TEXT,
  serverText TEXT,
  undo TEXT,
  PRIMARY KEY (taskId, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE traces (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  time INTEGER NOT NULL,
  name TEXT NOT NULL,
  operation TEXT NOT NULL,
  effect TEXT NOT NULL,
  operatorId TEXT NOT NULL,
  operatorName TEXT NOT NULL,
  source TEXT NOT NULL,
  resourceType TEXT NOT NULL,
  resourceId TEXT NOT NULL,
  resourceName TEXT NOT NULL,
  status TEXT NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT NOT NULL,
  request TEXT NOT NULL,
  answer TEXT NOT NULL,
  mac BLOB NOT NULL
) STRICT;
CREATE INDEX tracesByTime ON traces (time);

CREATE TABLE checkpoints (
  number INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  firstSequence INTEGER NOT NULL,
  lastSequence INTEGER NOT NULL,
  head BLOB NOT NULL,
  previous BLOB NOT NULL,
  signature BLOB NOT NULL,
  publicKey BLOB NOT NULL
) STRICT;
`;
