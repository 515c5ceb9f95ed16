import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "#main/crypto/random.ts";
import type { Task } from "#shared/models/task.ts";
import type { Fleet, Machine } from "#test/support/fleet/fleet.ts";
import { must, type Officer, step } from "./demo-steps.ts";

/** Where the demonstration writes, and the password of its vault. */
export interface Place {
  /** Temporary folder for exported files. */
  readonly folder: string;
  /** Folder of the vault. */
  readonly home: string;
  readonly password: string;
}

/** A server and the login the officer has for it. */
interface Target {
  readonly machine: Machine;
  readonly user: "root" | "ops";
}

interface Bound extends Target {
  readonly id: string;
}

/** The whole job, from an empty folder to a locked vault. Rejects at the first step that cannot be proved. */
export async function mainJob(fleet: Fleet, officer: Officer, { folder, home, password }: Place): Promise<void> {
  const [first, second] = fleet.machines;
  must(first !== undefined && second !== undefined, "two servers were asked for");
  const targets: readonly Target[] = [
    { machine: first, user: "root" },
    { machine: second, user: "ops" },
  ];

  await step("Create a vault", async (prove) => {
    await officer.call("vault", "create", { name: "Demonstration", userName: "officer", password });
    const database = readFileSync(join(home, "vault.db"));
    must(!database.subarray(0, 16).toString("latin1").startsWith("SQLite format 3"), "the database is not encrypted");
    must((statSync(home).mode & 0o777) === 0o700, "the vault's folder is open to others");
    prove("vault.db is no readable SQLite file; the folder is for this user only.");
    await officer.call("vault", "lock", {});
    const code = await officer.refusedWith("vault", "unlock", { password: "not the password" });
    must(code === "vault/wrong-password", `a wrong password gave ${code}`);
    prove("A wrong password does not open it.");
    // Wrong passwords cost time, also here.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await officer.call("vault", "unlock", { password });
    prove("The right one does.");
  });

  const { keypair } = await step("Make a key pair", async (prove) => {
    const made = await officer.call("keypairs", "create", { name: "Demo-Key", spec: "ed25519", scope: "account" });
    must(made.keypair.privateHalf === "kept", "the private key is not in the vault");
    prove(`ed25519, ${made.keypair.fingerprintSha256}; the private key stays in the vault.`);
    return made;
  });

  const bound: Bound[] = [];
  for (const target of targets) bound.push(await addServer(officer, target));
  for (const server of bound) await bind(officer, server, keypair.id);

  const keyFile = await step("Write the private key to a file, for a witness that is not Keystead", async (prove) => {
    const out = join(folder, "export");
    mkdirSync(out, { mode: 0o700 });
    const { files } = await officer.call("keypairs", "exportPrivateKey", {
      ids: [keypair.id],
      file: { format: "openssh", folder: out },
    });
    const path = files[0]?.path ?? "";
    must((statSync(path).mode & 0o777) === 0o600, "the key file is open to others");
    prove("Mode 0600.");
    return path;
  });
  for (const server of bound) await witness(server, keyFile, folder);

  await step("Read the traces", async (prove) => {
    const { traces, total } = await officer.call("audit", "list", { limit: 1000 });
    for (const name of ["createVault", "unlockVault", "createKeypair", "addServer", "bindKeypair", "exportPrivateKey"])
      must(
        traces.some((trace) => trace.name === name && trace.outcome === "allowed"),
        `there is no trace of ${name}`,
      );
    const secrets = [password, ...targets.map(({ machine, user }) => machine.passwords[user])];
    const text = JSON.stringify(traces);
    must(!secrets.some((secret) => text.includes(secret)), "a password stands in a trace");
    prove(`${total} traces, one for everything that was done; no password in any of them.`);
    const verified = await officer.call("audit", "verify", {});
    must(verified.intact, `the chain is not whole: ${verified.finding?.message}`);
    prove(`The chain of ${verified.records} records and ${verified.checkpoints} signed checkpoints is whole.`);
  });

  await step("Lock the vault", async (prove) => {
    await officer.call("vault", "lock", {});
    const code = await officer.refusedWith("keypairs", "list", {});
    must(code === "vault/locked", `a locked vault answered ${code}`);
    prove("Nothing can be read any more.");
  });
}

function addServer(officer: Officer, { machine, user }: Target): Promise<Bound> {
  return step(`Add ${machine.name} (${user}@${machine.host}:${machine.port})`, async (prove) => {
    const at = { host: machine.host, port: machine.port };
    const { hostKey } = await officer.call("servers", "readHostKey", at);
    // What an officer would read off the server's own console.
    must(
      machine.hostKeyFingerprints.some((key) => key.fingerprint === hostKey.fingerprint),
      "the host key is not the server's own",
    );
    const server = await officer.call("servers", "add", {
      ...at,
      name: machine.name,
      user,
      hostKeyFingerprint: hostKey.fingerprint,
    });
    must(server.hostKeys.length > 0, "the host key is not pinned");
    prove(`Host key ${hostKey.fingerprint} is the one the server itself names; it is pinned.`);
    return { machine, user, id: server.id };
  });
}

async function bind(officer: Officer, server: Bound, keypairId: string): Promise<void> {
  const { machine, user, id } = server;
  await step(`Bind the key pair to ${machine.name} with the password of ${user}`, async (prove) => {
    const start = performance.now();
    const task = await officer.call("servers", "bind", { id, keypairId, password: machine.passwords[user] });
    const ended = await officer.call("tasks", "wait", { id: task.id });
    must(ended.state === "done", `the task ended as ${ended.state}: ${ended.cause?.message ?? ""}\n${stepsOf(ended)}`);
    for (const each of ended.steps) prove(`${each.name}: ${each.proof ?? each.state}`);
    console.log(`        (${Math.round(performance.now() - start)} ms)`);
  });
  await step(`Try the password of ${machine.name}, and log in with the key`, async (prove) => {
    const byPassword = await officer.call("servers", "testConnection", { id, password: machine.passwords[user] });
    must(byPassword.report.login === undefined, "the password still logs in");
    must(byPassword.report.problem?.code === "servers/login-refused", `unexpected: ${byPassword.report.problem?.code}`);
    prove("The right password is refused.");
    // Last, so that the inventory shows what is so and not the refusal that was provoked.
    const byKey = await officer.call("servers", "testConnection", { id });
    must(byKey.report.login?.shell === true, `the key does not log in: ${byKey.report.problem?.message ?? ""}`);
    prove(`The key logs in (${byKey.report.login.method}).`);
  });
}

/** The OpenSSH client's own view: it knows nothing of Keystead. */
async function witness({ machine, user }: Bound, keyFile: string, folder: string): Promise<void> {
  const knownHosts = join(folder, `known-hosts-${machine.name}`);
  const place = machine.port === 22 ? machine.host : `[${machine.host}]:${machine.port}`;
  writeFileSync(
    knownHosts,
    machine.hostKeyFingerprints.map((key) => `${place} ${key.algorithm} ${key.blob}\n`).join(""),
  );
  chmodSync(knownHosts, 0o600);
  const ssh = (...args: readonly string[]) =>
    run("ssh", [
      ...["-F", "none", "-p", String(machine.port), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"],
      ...["-o", `UserKnownHostsFile=${knownHosts}`, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", ...args],
    ]);
  await step(`Ask the OpenSSH client about ${machine.name}`, async (prove) => {
    const nonce = randomBytes(8).toString("hex");
    const byKey = await ssh("-i", keyFile, `${user}@${machine.host}`, `echo ${nonce}`);
    must(byKey.stdout.trim() === nonce, `ssh does not log in with the key: ${byKey.stderr}`);
    prove("ssh logs in with the exported key.");
    const without = await ssh("-o", "PreferredAuthentications=none", `${user}@${machine.host}`, "true");
    const offered = /Permission denied \(([^)]*)\)/.exec(without.stderr)?.[1];
    must(offered === "publickey", `the server offers ${offered ?? without.stderr}`);
    prove(`Without a key the server offers “${offered}” and nothing else.`);
  });
}

function stepsOf(task: Task): string {
  return task.steps.map((each) => `  ${each.state} ${each.name} ${each.proof ?? each.serverText ?? ""}`).join("\n");
}

function run(program: string, args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 30_000 }, (_error, stdout, stderr) => resolve({ stdout, stderr }));
  });
}
