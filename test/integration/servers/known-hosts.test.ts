import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fleetUnavailable, type HostKeyFacts, type Machine, startNamedFleet } from "#test/support/fleet/fleet.ts";
import { Officer } from "#test/support/officer.ts";

const run = promisify(execFile);
const WANTED = {
  usual: {},
  hashed: {},
  rsaKnown: { hostKeyTypes: ["ed25519", "rsa"] },
  changed: {},
  replaced: {},
} as const;

describe.skipIf(fleetUnavailable())("the officer's own known_hosts", () => {
  let fleet: Awaited<ReturnType<typeof startNamedFleet<keyof typeof WANTED>>>;
  let officer: Officer;
  let folder: string;
  let own: string;
  let system: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "keystead-known-"));
    own = join(folder, "known_hosts");
    system = join(folder, "ssh_known_hosts");
    [fleet, officer] = await Promise.all([
      startNamedFleet<keyof typeof WANTED>(WANTED),
      Officer.withVault({ outside: { knownHostsFiles: [own, join(folder, "known_hosts2"), system] } }),
    ]);
  });
  beforeEach(async () => {
    await rm(own, { recursive: true, force: true });
    await rm(system, { recursive: true, force: true });
  });
  afterAll(async () => {
    expect(officer.bugs).toEqual([]);
    await officer[Symbol.asyncDispose]();
    await fleet.stop();
    await rm(folder, { recursive: true });
  });

  const at = (machine: Machine) => ({ host: machine.host, port: machine.port });
  const nameOf = ({ host, port }: Machine) => (port === 22 ? host : `[${host}]:${port}`);
  const keyOf = (machine: Machine, algorithm: string): HostKeyFacts => {
    const key = machine.hostKeyFingerprints.find((one) => one.algorithm === algorithm);
    if (key === undefined) throw new Error(`no ${algorithm} key`);
    return key;
  };
  const lineOf = (machine: Machine, { algorithm, blob }: HostKeyFacts) => `${nameOf(machine)} ${algorithm} ${blob}\n`;
  const read = (machine: Machine) => officer.client.servers.readHostKey(at(machine));
  const add = (machine: Machine, fingerprint: string, despiteKnownHosts = false) =>
    officer.client.servers.add({
      name: `${machine.name} ${Math.random()}`,
      ...at(machine),
      hostKeyFingerprint: fingerprint,
      despiteKnownHosts,
    });
  const names = async () => (await officer.client.servers.list({})).servers.length;

  it("P06 B47 says so when no file names the server, and when one does it names file and line", async () => {
    const machine = fleet.named.usual;
    const { hostKey, knownHosts } = await read(machine);
    expect(knownHosts).toEqual({ verdict: "not-listed", lines: [], authorities: [], unread: [] });
    const text = `# mine\n\n${lineOf(machine, keyOf(machine, "ssh-ed25519"))}`;
    await writeFile(system, text);
    expect((await read(machine)).knownHosts).toMatchObject({
      verdict: "same",
      lines: [{ path: system, line: 3, algorithm: "ssh-ed25519", fingerprint: hostKey.fingerprint }],
    });
    expect(await readFile(system, "utf8")).toBe(text);
    const trace = (await officer.client.audit.list({ name: "readHostKey", limit: 1 })).traces[0];
    expect(trace?.answer).toContain('"verdict":"same"');
  });

  it("P06 B47 finds what a real ssh has written, names hashed by ssh and by ssh-keygen", async () => {
    const machine = fleet.named.hashed;
    const options = ["BatchMode=yes", "StrictHostKeyChecking=accept-new", "HashKnownHosts=yes", "UpdateHostKeys=no"];
    const settings = [...options, `UserKnownHostsFile=${own}`, "GlobalKnownHostsFile=/dev/null"];
    const args = ["-F", "none", ...settings.flatMap((setting) => ["-o", setting]), "-p", String(machine.port)];
    await expect(run("ssh", [...args, `root@${machine.host}`, "true"])).rejects.toThrow(/Permission denied/);
    const written = await readFile(own, "utf8");
    expect(written).toMatch(/^\|1\|/);
    expect(written).not.toContain(machine.host);
    expect((await read(machine)).knownHosts).toMatchObject({ verdict: "same", lines: [{ path: own, line: 1 }] });
    expect((await read(fleet.named.usual)).knownHosts.verdict).toBe("not-listed");

    await writeFile(own, `other.example ssh-ed25519 ${keyOf(machine, "ssh-ed25519").blob}\n`);
    await run("sh", ["-c", `printf %s '${lineOf(machine, keyOf(machine, "ssh-ed25519"))}' >> '${own}'`]);
    await run("ssh-keygen", ["-q", "-H", "-f", own]);
    expect(await readFile(own, "utf8")).not.toContain(machine.host);
    expect((await read(machine)).knownHosts).toMatchObject({ verdict: "same", lines: [{ path: own, line: 2 }] });
  });

  it("P06 B48 asks for the type known_hosts has, so that an old RSA line is no false alarm, and pins that key", async () => {
    const machine = fleet.named.rsaKnown;
    expect((await read(machine)).hostKey.algorithm).toBe("ssh-ed25519");
    await writeFile(own, lineOf(machine, keyOf(machine, "ssh-rsa")));
    const { hostKey, knownHosts } = await read(machine);
    expect(hostKey).toEqual(keyOf(machine, "ssh-rsa"));
    expect(knownHosts.verdict).toBe("same");
    expect((await add(machine, hostKey.fingerprint)).hostKeys).toEqual([hostKey]);
  });

  it("P06 B47 B49 refuses to pin a key that differs from known_hosts, but on an explicit word", async () => {
    const machine = fleet.named.changed;
    const foreign = keyOf(fleet.named.usual, "ssh-ed25519");
    await writeFile(own, `gate.example,${lineOf(machine, foreign)}`);
    const { hostKey, knownHosts } = await read(machine);
    expect(knownHosts).toMatchObject({
      verdict: "different",
      lines: [{ path: own, line: 1, fingerprint: foreign.fingerprint }],
    });
    const before = await names();
    const refused = await officer.refusal(add(machine, hostKey.fingerprint));
    expect(refused.code).toBe("servers/host-key-changed");
    expect(refused.message).toContain(hostKey.fingerprint);
    expect(refused.message).toContain(foreign.fingerprint);
    expect(refused.message).toContain(`${own} line 1`);
    expect(await names()).toBe(before);
    const server = await add(machine, hostKey.fingerprint, true);
    expect(server.hostKeys).toEqual([hostKey]);
    expect((await officer.traces(server.id))[0]).toMatchObject({ name: "addServer", status: "warning" });
  });

  it("P06 B47 never pins a revoked key, neither when adding nor later, nor on any word", async () => {
    const machine = fleet.named.replaced;
    const bare = await officer.client.servers.add({ name: "not pinned yet", ...at(machine) });
    const { hostKey } = await read(machine);
    await writeFile(own, lineOf(machine, keyOf(machine, "ssh-ed25519")));
    await writeFile(system, `@revoked * ${hostKey.algorithm} ${hostKey.blob} stolen in spring\n`);
    expect((await read(machine)).knownHosts).toMatchObject({ verdict: "revoked", lines: [{ path: system, line: 1 }] });
    for (const despiteKnownHosts of [false, true]) {
      const wish = { id: bare.id, fingerprint: hostKey.fingerprint, replace: true, despiteKnownHosts };
      const refused = await officer.refusal(officer.client.servers.trustHostKey(wish));
      expect(refused.code).toBe("servers/host-key-revoked");
      expect(refused.message).toMatch(/marked as revoked in .*ssh_known_hosts line 1/);
    }
    expect((await officer.client.servers.get({ id: bare.id })).hostKeys).toEqual([]);
    await officer.client.servers.remove({ id: bare.id });
    const before = await names();
    expect((await officer.refusal(add(machine, hostKey.fingerprint, true))).code).toBe("servers/host-key-revoked");
    expect(await names()).toBe(before);
  });

  it("P06 B47 claims nothing from a file it cannot read, and lets the officer's own comparison decide", async () => {
    const machine = fleet.named.usual;
    await writeFile(own, lineOf(machine, keyOf(machine, "ssh-ed25519")));
    await run("mkdir", [system]);
    const { hostKey, knownHosts } = await read(machine);
    expect(knownHosts).toMatchObject({ verdict: "unreadable", unread: [{ path: system, why: "not-a-file" }] });
    expect((await add(machine, hostKey.fingerprint)).hostKeys).toEqual([hostKey]);
  });

  it("P06 B47 a file without read permission is unreadable, not unknown (as an ordinary user)", async () => {
    await writeFile(own, "secret\n");
    await chmod(own, 0);
    await chmod(folder, 0o755);
    const script = `
      process.setgid(65534); process.setuid(65534);
      const { readKnownHostsFrom } = await import("#main/adapters/files/known-hosts-files.ts");
      console.log(JSON.stringify(await readKnownHostsFrom([${JSON.stringify(own)}])()));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
    expect(JSON.parse(stdout)).toEqual([{ path: own, state: "unreadable", why: "no-permission" }]);
  });
});
