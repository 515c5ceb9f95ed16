import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAuthorizedKeys } from "#main/features/servers/authorized-keys.ts";
import { planAdd, planRemove } from "#main/features/servers/authorized-keys-edit.ts";
import { judgeKeysPlace } from "#main/features/servers/authorized-keys-place.ts";
import { readAuthorizedKeys } from "#main/features/servers/remote/read-authorized-keys.ts";
import type { RunAs } from "#main/features/servers/remote/remote-program.ts";
import { writeAuthorizedKeys } from "#main/features/servers/remote/write-authorized-keys.ts";
import { type Account, type Fleet, fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";
import { AS_LOGIN, asRoot, runOn } from "./machine-sessions.ts";

const reason = fleetUnavailable();
if (reason !== undefined) console.warn(`SKIPPED test/integration/servers/remote-authorized-keys: ${reason}`);

const OWNERS = { root: { uid: 0, gid: 0 }, ops: { uid: 1000, gid: 1000 }, plain: { uid: 1001, gid: 1001 } } as const;
const code = (value: string) => expect.objectContaining({ code: value });

describe.skipIf(reason !== undefined)("authorized_keys on a real server", () => {
  let fleet: Fleet;
  let machine: Machine;
  let folder = "";
  let key = { type: "", blob: Buffer.alloc(0), comment: "anna" };
  beforeAll(async () => {
    fleet = await startFleet(1, { sizes: { home: "256k" } });
    [machine] = fleet.machines as [Machine];
    folder = mkdtempSync("/var/tmp/keystead-login-");
    spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
    const [type = "", blob = ""] = readFileSync(join(folder, "key.pub"), "utf8").split(" ");
    key = { type, blob: Buffer.from(blob, "base64"), comment: "anna" };
  });
  afterAll(async () => {
    await fleet?.stop();
    if (folder !== "") rmSync(folder, { recursive: true });
  });

  /** Whether OpenSSH's own client logs in with the key: the witness. */
  function keyLogin(user: Account): boolean {
    const options = [
      "BatchMode=yes",
      "StrictHostKeyChecking=no",
      "UserKnownHostsFile=/dev/null",
      "IdentitiesOnly=yes",
      "LogLevel=ERROR",
    ];
    const words = options.flatMap((option) => ["-o", option]);
    const args = [
      ...words,
      "-i",
      join(folder, "key"),
      "-p",
      String(machine.port),
      `${user}@${machine.host}`,
      "echo in",
    ];
    return spawnSync("ssh", args, { encoding: "utf8" }).stdout === "in\n";
  }

  const read = (user: Account, path: string, runAs: RunAs = AS_LOGIN, follow?: string) =>
    runOn(machine, user, readAuthorizedKeys({ path, runAs, limit: 65_536, follow }));

  async function edit(user: Account, path: string, what: "add" | "remove", runAs: RunAs = AS_LOGIN, follow?: string) {
    const seen = await read(user, path, runAs, follow);
    const file = parseAuthorizedKeys(seen.content);
    const plan = what === "add" ? planAdd(file, key) : planRemove(file, key);
    if (plan.kind !== "write") throw new Error(plan.kind);
    const program = writeAuthorizedKeys({
      read: seen,
      content: plan.bytes,
      owner: OWNERS[runAs.kind === "user" ? "ops" : user],
      runAs,
      follow,
    });
    return { seen, wrote: await runOn(machine, user, program) };
  }

  it.each([
    ["root", "/root/.ssh/authorized_keys"],
    ["ops", "/home/ops/.ssh/authorized_keys"],
  ] as const)("P07 P11 B7 B12 gives %s a login where ~/.ssh was missing, and takes it away", async (user, path) => {
    expect(keyLogin(user)).toBe(false);
    expect((await edit(user, path, "add")).wrote).toMatchObject({ state: "written", madeFolder: true });
    expect(keyLogin(user)).toBe(true);
    expect(await machine.must(`stat -c '%U %a' ${path} ${path.replace(/\/[^/]*$/, "")}`)).toBe(
      `${user} 600\n${user} 700\n`,
    );
    const { wrote } = await edit(user, path, "remove");
    expect(wrote.state).toBe("written");
    expect(keyLogin(user)).toBe(false);
    const now = await read(user, path);
    const gone = writeAuthorizedKeys({
      read: now,
      content: "absent",
      owner: OWNERS[user],
      runAs: AS_LOGIN,
      removeFolder: true,
    });
    expect(await runOn(machine, user, gone)).toMatchObject({ state: "removed" });
    expect((await machine.exec(`ls -d ${path.replace(/\/[^/]*$/, "")}`)).status).not.toBe(0);
  });

  it("P07 B1 B4 B26 adds to a CRLF file without a final line end, and sshd takes old and new key", async () => {
    const path = "/home/ops/.ssh/authorized_keys";
    await machine.must("install -d -o ops -g ops -m 700 /home/ops/.ssh");
    await machine.writeFile(path, "# office\r\nssh-rsa AAAA broken\r\nlast line", "600");
    await machine.must(`chown ops: ${path}`);
    await edit("ops", path, "add");
    expect(keyLogin("ops")).toBe(true);
    expect(await machine.readFile(path)).toMatch(
      /^# office\r\nssh-rsa AAAA broken\r\nlast line\nssh-ed25519 \S+ anna\n$/,
    );
    await edit("ops", path, "remove");
    expect(await machine.readFile(path)).toBe("# office\r\nssh-rsa AAAA broken\r\nlast line\n");
    await machine.must("rm -r /home/ops/.ssh");
  });

  it("P07 B10 B14 writes a root-owned keys file elsewhere through sudo, and sshd reads it", async () => {
    await machine.writeFile("/etc/ssh/sshd_config.d/20-keys.conf", "AuthorizedKeysFile /etc/ssh/keys/%u\n");
    await machine.must(
      "install -d -m 755 /etc/ssh/keys; install -m 644 /dev/null /etc/ssh/keys/ops; systemctl reload ssh; sleep 0.3",
    );
    const path = "/etc/ssh/keys/ops";
    await expect(edit("ops", path, "add")).rejects.toThrow(code("servers/authorized-keys-unsafe"));
    await edit("ops", path, "add", asRoot(machine.passwords.ops));
    expect(keyLogin("ops")).toBe(true);
    expect(await machine.must(`stat -c '%U %a' ${path}`)).toBe("root 644\n");
    await edit("ops", path, "remove", asRoot(machine.passwords.ops));
    expect(keyLogin("ops")).toBe(false);
    await machine.must("rm -r /etc/ssh/keys /etc/ssh/sshd_config.d/20-keys.conf; systemctl reload ssh; sleep 0.3");
  });

  it("P07 B10 refuses to act as root in a user's folder", async () => {
    await machine.must("install -d -o ops -g ops -m 700 /home/ops/.ssh");
    const run = edit("root", "/home/ops/.ssh/authorized_keys", "add", asRoot());
    await expect(run).rejects.toThrow(code("servers/authorized-keys-unsafe"));
    const seen = await edit("root", "/home/ops/.ssh/authorized_keys", "add", { kind: "user", user: "ops" });
    expect(seen.wrote.state).toBe("written");
    expect(await machine.must("stat -c %U /home/ops/.ssh/authorized_keys")).toBe("ops\n");
    await machine.must("rm -r /home/ops/.ssh");
  });

  it("P07 B10 B11 leaves a linked file alone until the link is agreed to", async () => {
    await machine.must(
      "install -d -m 700 /root/.ssh /srv/keys; ln -s /srv/keys/root /root/.ssh/authorized_keys; : > /srv/keys/root",
    );
    const path = "/root/.ssh/authorized_keys";
    await expect(edit("root", path, "add")).rejects.toThrow(code("servers/authorized-keys-symlink"));
    await edit("root", path, "add", AS_LOGIN, "/srv/keys/root");
    expect(keyLogin("root")).toBe(true);
    expect(await machine.must(`readlink ${path}`)).toBe("/srv/keys/root\n");
    await machine.must("rm -r /root/.ssh /srv/keys");
  });

  it("P07 B12 names what makes sshd ignore the file, as sshd then does", async () => {
    const path = "/home/ops/.ssh/authorized_keys";
    await edit("ops", path, "add");
    const judge = async () =>
      judgeKeysPlace(await read("ops", path), { uid: 1000, realHome: "/home/ops", strictModes: true })
        .filter((one) => one.blocks)
        .map((one) => one.code);
    for (const change of [
      "chmod 777 /home/ops",
      "chmod 702 /home/ops/.ssh",
      `chmod 602 ${path}`,
      "chown plain /home/ops; chmod 755 /home/ops",
    ]) {
      expect([await judge(), keyLogin("ops")]).toEqual([[], true]);
      await machine.must(change);
      expect([change, await judge(), keyLogin("ops")]).toEqual([change, ["servers/authorized-keys-unsafe"], false]);
      await machine.must(`chmod 755 /home/ops; chown ops /home/ops; chmod 700 /home/ops/.ssh; chmod 600 ${path}`);
    }
    // What Debian's sshd lets pass (a private group) must not block.
    await machine.must("chmod 770 /home/ops/.ssh");
    expect(await judge()).toEqual([]);
    await machine.must("rm -r /home/ops/.ssh");
  });

  it("P07 B9 changes nothing when the disk is full", async () => {
    const path = "/home/ops/.ssh/authorized_keys";
    await machine.must(
      "install -d -o ops -m 700 /home/ops/.ssh; echo '# mine' > /home/ops/.ssh/authorized_keys; chown ops /home/ops/.ssh/*",
    );
    await machine.exec("cat /dev/zero > /home/filler 2>/dev/null");
    await expect(edit("ops", path, "add")).rejects.toThrow(code("servers/disk-full"));
    // Blocks are free now but no inode is: the writing itself must notice, not the look before.
    await machine.must("rm /home/filler; mount -o remount,nr_inodes=$(($(df --output=iused /home | tail -n 1))) /home");
    await expect(edit("ops", path, "add")).rejects.toThrow(code("servers/disk-full"));
    await machine.must("mount -o remount,nr_inodes=1000 /home");
    expect(await machine.readFile(path)).toBe("# mine\n");
    expect((await machine.must("ls -A /home/ops/.ssh")).trim()).toBe("authorized_keys");
    await machine.must("rm -r /home/ops/.ssh");
  });

  it("P07 B26 changes nothing on a read-only home", async () => {
    const path = "/home/ops/.ssh/authorized_keys";
    await machine.must("install -d -o ops -m 700 /home/ops/.ssh; mount -o remount,ro /home");
    await expect(edit("ops", path, "add")).rejects.toThrow(code("servers/read-only"));
    await machine.must("rmdir /home/ops/.ssh 2>/dev/null; mount -o remount,rw /home; rmdir /home/ops/.ssh");
  });

  it("P07 B26 names the immutable attribute, where the file system has it", async () => {
    const path = "/home/ops/.ssh/authorized_keys";
    await machine.must(
      "install -d -o ops -m 700 /home/ops/.ssh; install -o ops -m 600 /dev/null /home/ops/.ssh/authorized_keys",
    );
    const set = await machine.exec(`chattr +i ${path} && lsattr ${path} | grep -q i`);
    if (set.status !== 0)
      console.warn(`PARTLY SKIPPED: no immutable attribute on this file system: ${set.stderr.trim()}`);
    else await expect(edit("ops", path, "add")).rejects.toThrow(code("servers/not-permitted"));
    await machine.must(`chattr -i ${path} 2>/dev/null; rm -r /home/ops/.ssh`);
  });
});
