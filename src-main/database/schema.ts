import type { ColumnType } from "kysely";

/**
 * Row shapes, as the newest migration leaves them. Times are milliseconds since 1970, booleans 0 or 1, `…Json` text.
 * `…Sealed` are layouts of docs/formats.md, opened only by `crypto/seal.ts`.
 */
export interface VaultTables {
  settings: { name: string; value: string };
  users: { id: string; name: string; actionsJson: string; createdAt: number };
  keypairs: {
    id: string;
    name: string;
    ownerId: string;
    scope: "private" | "account";
    spec: string;
    comment: string;
    publicBlob: Buffer;
    fingerprintSha256: string;
    fingerprintMd5: string;
    privateHalf: "kept" | "never-kept" | "cleared" | "on-token";
    privateSealed: Buffer | null;
    sealVersion: number;
    sealedUnder: string | null;
    /** All four when the private half is on a token, none otherwise. `tokenKeyId` is the CKA_ID, hex. */
    tokenId: string | null;
    tokenSerial: string | null;
    tokenLabel: string | null;
    tokenKeyId: string | null;
    createdAt: number;
    updatedAt: number;
  };
  tokenModules: { id: string; name: string; path: string; libraryParameters: string | null; addedAt: number };
  /** Tokens we know; `name` and `use` once somebody has activated them as instances. */
  tokenInstances: {
    tokenId: string;
    moduleId: string;
    label: string;
    manufacturer: string;
    model: string;
    serial: string;
    name: string | null;
    use: "server" | "signature" | "finance" | null;
    status: "to-be-activated" | "running" | "failed" | "removed";
    tagsJson: string;
    createdAt: number;
    lastSeenAt: number;
  };
  tokenPinFailures: { tokenId: string; role: "user" | "so"; count: number; lastAt: number };
  servers: {
    id: string;
    name: string;
    host: string;
    port: number;
    user: string;
    profile: "strict" | "legacy";
    reachability: "unknown" | "reachable" | "unreachable" | "host-key-changed";
    problemCode: string | null;
    problemMessage: string | null;
    lastSeenAt: number | null;
    serverVersion: string | null;
    passwordLogin: "unknown" | "on" | "off";
    createdAt: number;
    updatedAt: number;
  };
  hostKeys: { serverId: string; algorithm: string; blob: string; fingerprint: string; pinnedAt: number };
  bindings: {
    serverId: string;
    keypairId: string;
    user: string;
    state: "bound" | "unproved";
    authorizedKeysPath: string;
    provedAt: number | null;
  };
  tasks: {
    id: string;
    kind: "bind" | "bind-sftp" | "allow-password-login";
    title: string;
    state: string;
    serverId: string | null;
    keypairId: string | null;
    operatorId: string;
    operatorName: string;
    createdAt: number;
    updatedAt: number;
    endedAt: number | null;
    /** Of runs that have ended; the present one began at `runningSince`. */
    workedMs: number;
    runningSince: number | null;
    attempt: number;
    causeJson: string | null;
    paramsJson: string;
    /** What earlier steps learned and later steps, a resume or a rollback need: pre-images, tokens. Sealed: it may hold file contents. */
    memorySealed: Buffer | null;
    /** Passwords for the steps still to come; destroyed when the task ends. */
    secretsSealed: Buffer | null;
    sealVersion: number;
  };
  taskSteps: {
    taskId: string;
    position: number;
    name: string;
    state: string;
    startedAt: number | null;
    endedAt: number | null;
    proof: string | null;
    serverText: string | null;
    undo: string | null;
  };
  traces: {
    sequence: number;
    id: string;
    time: number;
    name: string;
    operation: string;
    effect: "read" | "change";
    operatorId: string;
    operatorName: string;
    source: string;
    resourceType: string;
    resourceId: string;
    resourceName: string;
    status: "normal" | "warning" | "incident";
    outcome: "allowed" | "denied" | "failed";
    code: string;
    request: string;
    answer: string;
    mac: ColumnType<Buffer, Buffer, Buffer>;
  };
  checkpoints: {
    number: number;
    time: number;
    firstSequence: number;
    lastSequence: number;
    head: Buffer;
    previous: Buffer;
    signature: Buffer;
    publicKey: Buffer;
  };
}
