import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probeServer } from "#main/features/servers/remote/probe.ts";
import { makeProgram, runProgram } from "#main/features/servers/remote/remote-program.ts";
import { chooseSettingsPlace } from "#main/features/servers/sshd-drop-in.ts";
import { authorizedKeysPaths } from "#main/features/servers/sshd-effective.ts";
import { judgePasswordOff } from "#main/features/servers/sshd-password-off.ts";
import { type Fleet, fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";
import { AS_LOGIN, asRoot, logIn, runOn } from "./machine-sessions.ts";

const reason = fleetUnavailable();
if (reason !== undefined) console.warn(`SKIPPED test/integration/servers/remote-probe: ${reason}`);

describe.skipIf(reason !== undefined)("probing a real server", () => {
  let fleet: Fleet;
  let machine: Machine;
  beforeAll(async () => {
    fleet = await startFleet(1, {
      dropIns: {
        "00-cloud-init.conf": "PasswordAuthentication yes\n",
        "50-x.conf": "Match User plain\n  PasswordAuthentication yes\n",
      },
    });
    [machine] = fleet.machines as [Machine];
  });
  afterAll(() => fleet?.stop());

  it("P07 B14 B30 B32 learns everything as root, without sudo", async () => {
    const facts = await runOn(machine, "root", probeServer({ user: "root", runAs: asRoot() }));
    expect(facts).toMatchObject({
      runsAsUid: 0,
      loginUser: "root",
      system: "Linux",
      account: { user: "root", uid: 0, home: "/root", shell: "/bin/bash", groups: ["root"] },
      connection: { serverAddress: machine.host, serverPort: machine.port },
      password: { state: "set", expired: false, accountExpired: false },
      hasDropbear: false,
    });
    expect(facts.freeKib).toBeGreaterThan(1000);
    const { sshd } = facts;
    if (sshd === undefined) throw new Error("no sshd found");
    expect(sshd).toMatchObject({ path: "/usr/sbin/sshd", mainPath: "/etc/ssh/sshd_config", effectiveError: undefined });
    expect(sshd.version).toMatch(/^OpenSSH_\d/);
    expect(sshd.reload).toMatch(/^kill -HUP \d+$/);
    expect(sshd.reload).toBe(`kill -HUP ${(await machine.readFile("/run/sshd.pid")).trim()}`);
    expect(sshd.fixedOptions).toContain(`Port=${machine.port}`);
    expect(sshd.matchLines).toEqual(["/etc/ssh/sshd_config.d/50-x.conf: Match User plain"]);
    expect(sshd.classes.map((one) => [one.name, one.user])).toEqual([
      ["target", "root"],
      ["root", "root"],
      ["ordinary", "ops"],
    ]);
    expect(judgePasswordOff(sshd.classes).off).toBe(false);
    const place = chooseSettingsPlace({
      mainPath: sshd.mainPath,
      mainFile: sshd.mainFile.toString("utf8"),
      listings: sshd.listings,
    });
    expect(place).toMatchObject({ kind: "drop-in", path: "/etc/ssh/sshd_config.d/00-0-keystead.conf" });
    const [target] = sshd.classes;
    if (target === undefined) throw new Error("no class");
    expect(authorizedKeysPaths(target.effective, facts.account)).toEqual({
      kind: "paths",
      paths: ["/root/.ssh/authorized_keys", "/root/.ssh/authorized_keys2"],
    });
  });

  it("P07 B14 learns the same through sudo, and our address all the same", async () => {
    const facts = await runOn(machine, "ops", probeServer({ user: "ops", runAs: asRoot(machine.passwords.ops) }));
    expect(facts).toMatchObject({
      runsAsUid: 0,
      hasSudo: true,
      account: { user: "ops", uid: 1000, home: "/home/ops" },
    });
    expect(facts.connection.serverAddress).toBe(machine.host);
    expect(facts.connection.ourAddress).toMatch(/^127\./);
    expect(facts.sshd?.classes.map((one) => one.user)).toEqual(["ops", "root", "plain"]);
    expect(facts.sshd?.reload).toBe(`kill -HUP ${(await machine.readFile("/run/sshd.pid")).trim()}`);
  });

  it("P07 B14 gets by without root", async () => {
    const facts = await runOn(machine, "plain", probeServer({ user: "plain", runAs: AS_LOGIN }));
    expect(facts).toMatchObject({ runsAsUid: 1001, password: undefined, account: { home: "/home/plain" } });
    expect(facts.sshd?.classes).toEqual([]);
    expect(facts.sshd).toMatchObject({ mainPath: "/etc/ssh/sshd_config", effectiveError: undefined });
  });

  it("P07 B24 B25 tells expired and locked passwords, and never shows a hash", async () => {
    const probe = () => runOn(machine, "root", probeServer({ user: "plain", runAs: asRoot() }));
    await machine.must("chage -d 0 plain");
    expect((await probe()).password).toEqual({ state: "set", expired: true, accountExpired: false });
    await machine.must("chage -d 19700 -E 10 plain && usermod -L plain");
    expect((await probe()).password).toEqual({ state: "locked", expired: false, accountExpired: true });
    await machine.must("usermod -U plain && chage -E -1 plain");
    const session = await logIn(machine, "root");
    const program = probeServer({ user: "plain", runAs: asRoot() });
    const raw = await session.run(program.command, { stdin: program.stdin, deadlineMs: 20_000 });
    await session.close();
    const hash = (await machine.must("getent shadow plain | cut -d: -f2")).trim();
    const decoded = raw.stdout
      .toString()
      .replace(/=([A-Za-z0-9+/]+=*)$/gm, (_, text) => Buffer.from(text, "base64").toString());
    expect(hash.length).toBeGreaterThan(20);
    expect(decoded).not.toContain(hash.slice(10));
  });

  it("P07 B32 says what sshd says when its configuration is broken", async () => {
    await machine.writeFile("/etc/ssh/sshd_config.d/90-broken.conf", "Nonsense yes\n");
    const facts = await runOn(machine, "root", probeServer({ user: "root", runAs: asRoot() }));
    await machine.must("rm /etc/ssh/sshd_config.d/90-broken.conf");
    expect(facts.sshd?.effectiveError).toContain("Nonsense");
  });
});

describe.skipIf(reason !== undefined)("becoming root", () => {
  let fleet: Fleet;
  let machine: Machine;
  beforeAll(async () => {
    fleet = await startFleet(1);
    [machine] = fleet.machines as [Machine];
  });
  afterAll(() => fleet?.stop());

  const whoami = (runAs: Parameters<typeof asRoot>[0] | null, name = "root") =>
    makeProgram({
      name: "whoami",
      script: `put name "$(id -un)"; put got "$(unb64)"`,
      values: {},
      input: Buffer.from("the script's own input"),
      runAs: name === "root" ? asRoot(runAs ?? undefined) : { kind: "user", user: name },
      read: (answer) => `${answer.text("name")}: ${answer.text("got")}`,
    });
  const refused = (text: string) =>
    expect.objectContaining({ code: "servers/sudo-refused", message: expect.stringContaining(text) });

  it("P07 works by sudo with a password", async () => {
    expect(await runOn(machine, "ops", whoami(machine.passwords.ops))).toBe("root: the script's own input");
  });

  it("P07 works where sudo remembers nothing", async () => {
    await machine.writeFile("/etc/sudoers.d/z", "Defaults timestamp_timeout=0\n", "440");
    expect(await runOn(machine, "ops", whoami(machine.passwords.ops))).toBe("root: the script's own input");
    await machine.must("rm /etc/sudoers.d/z");
  });

  it("P07 works where sudo asks nothing, with and without a password at hand", async () => {
    await machine.writeFile("/etc/sudoers.d/z", "ops ALL=(ALL) NOPASSWD: ALL\n", "440");
    expect(await runOn(machine, "ops", whoami(null))).toBe("root: the script's own input");
    expect(await runOn(machine, "ops", whoami("not even right"))).toBe("root: the script's own input");
    await machine.must("rm /etc/sudoers.d/z");
  });

  it("P07 works with sudo's lecture and use_pty", async () => {
    await machine.writeFile("/etc/sudoers.d/z", "Defaults use_pty, lecture=always\n", "440");
    expect(await runOn(machine, "ops", whoami(machine.passwords.ops))).toBe("root: the script's own input");
    await machine.must("rm /etc/sudoers.d/z");
  });

  it("P07 B10 lets root act as another account", async () => {
    expect(await runOn(machine, "root", whoami(null, "plain"))).toBe("plain: the script's own input");
  });

  it("P07 tries a wrong password exactly once", async () => {
    await machine.writeFile("/etc/sudoers.d/z", "Defaults logfile=/run/sudo.log, passwd_tries=3\n", "440");
    await expect(runOn(machine, "ops", whoami("wrong"))).rejects.toThrow(refused("refused the password"));
    expect(await machine.readFile("/run/sudo.log")).toContain("1 incorrect password attempt");
    await machine.must("rm /etc/sudoers.d/z /run/sudo.log");
  });

  it("P07 says when a password is needed and none given", async () => {
    await expect(runOn(machine, "ops", whoami(null))).rejects.toThrow(refused("asks for a password"));
  });

  it("P07 says when the account may not use sudo", async () => {
    await expect(runOn(machine, "plain", whoami(machine.passwords.plain))).rejects.toThrow(refused("may not use sudo"));
  });

  it("P07 explains requiretty", async () => {
    await machine.writeFile("/etc/sudoers.d/z", "Defaults requiretty\n", "440");
    await expect(runOn(machine, "ops", whoami(machine.passwords.ops))).rejects.toThrow(refused("requiretty"));
    await machine.must("rm /etc/sudoers.d/z");
  });

  it("P07 says when there is no sudo", async () => {
    await machine.must("mv /usr/bin/sudo /usr/bin/sudo.away");
    const run = runOn(machine, "ops", whoami(machine.passwords.ops));
    await expect(run).rejects.toThrow(refused("has no sudo"));
    await machine.must("mv /usr/bin/sudo.away /usr/bin/sudo");
  });

  it("P07 keeps password and values out of every process list, environment and sudo log", async () => {
    await machine.writeFile("/etc/sudoers.d/z", "Defaults logfile=/run/sudo.log\n", "440");
    const session = await logIn(machine, "ops");
    const password = machine.passwords.ops;
    const slow = makeProgram({
      name: "slow",
      script: "sleep 1.5; put secret yes",
      values: { path: "/a-value-of-ours" },
      runAs: asRoot(password),
      read: (answer) => answer.flag("secret"),
    });
    const running = runProgram(session, slow, { deadlineMs: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const seen = await machine.must("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ /run/sudo.log | tr '\\0' '\\n'");
    expect(await running).toBe(true);
    await session.close();
    await machine.must("rm /etc/sudoers.d/z");
    expect(seen).toContain("sudo");
    expect(seen).not.toContain(password);
    expect(seen).not.toContain("a-value-of-ours");
    expect(slow.stdin.every((byte) => byte === 0)).toBe(true);
  });

  it.each(["dash", "bash", "busybox", "zsh", "fish", "tcsh"])(
    "P07 B23 works when the login shell is %s",
    async (shell) => {
      const path = (await machine.exec(`command -v ${shell}`)).stdout.trim();
      if (path === "") return console.warn(`SKIPPED login shell ${shell}: not on this computer`);
      if (shell === "busybox")
        await machine.must(`printf '#!/bin/sh\\nexec busybox sh "$@"\\n' > /bin/bsh; chmod 755 /bin/bsh`);
      await machine.must(`usermod -s ${shell === "busybox" ? "/bin/bsh" : path} ops`);
      expect(await runOn(machine, "ops", whoami(machine.passwords.ops))).toBe("root: the script's own input");
      await machine.must("usermod -s /bin/bash ops");
    },
  );

  it("P07 B23 reads past what the login prints", async () => {
    await machine.writeFile(
      "/home/ops/.bashrc",
      "echo 'welcome, keystead 0 begin'; echo more >&2; printf 'no end of line'\n",
    );
    expect(await runOn(machine, "ops", whoami(machine.passwords.ops))).toBe("root: the script's own input");
    await machine.must("rm /home/ops/.bashrc");
  });

  it("P07 B6 B24 tells a forced command, a missing shell and an expired password apart", async () => {
    const outcome = async () =>
      runOn(machine, "plain", makeProgram({ name: "x", script: "", values: {}, runAs: AS_LOGIN, read: () => 0 }));
    const code = (value: string) => expect.objectContaining({ code: value });
    await machine.writeFile("/etc/ssh/sshd_config.d/10.conf", "Match User plain\n  ForceCommand echo hello\n");
    await machine.must("systemctl reload ssh; sleep 0.3");
    await expect(outcome()).rejects.toThrow(code("servers/no-shell"));
    await machine.must(
      "rm /etc/ssh/sshd_config.d/10.conf; systemctl reload ssh; sleep 0.3; usermod -s /usr/sbin/nologin plain",
    );
    await expect(outcome()).rejects.toThrow(code("servers/account-locked"));
    await machine.must("usermod -s /bin/bash plain; chage -d 0 plain");
    await expect(outcome()).rejects.toThrow(code("servers/password-expired"));
    await machine.must("chage -d 19700 plain");
  });
});
