import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "#main/crypto/hash.ts";
import {
  type ApplySshdFile,
  applySshdFile,
  PASSWORD_OFF_REQUIREMENTS,
} from "#main/features/servers/remote/apply-sshd-file.ts";
import { type RemoteProgram, runProgram } from "#main/features/servers/remote/remote-program.ts";
import { disarmRevert, newRevertToken, revertNow, revertStatus } from "#main/features/servers/remote/revert-timer.ts";
import { dropInContent, passwordOffSettings } from "#main/features/servers/sshd-drop-in.ts";
import { insertBlock, removeBlock } from "#main/features/servers/sshd-main-file.ts";
import { judgePasswordLogin } from "#main/features/servers/sshd-password-off.ts";
import {
  type Fleet,
  fleetUnavailable,
  type Machine,
  type MachineOptions,
  startFleet,
} from "#test/support/fleet/fleet.ts";
import { asRoot, logIn, runOn } from "./machine-sessions.ts";

const reason = fleetUnavailable();
if (reason !== undefined) console.warn(`SKIPPED test/integration/servers/remote-sshd-file: ${reason}`);

const DROP_IN = "/etc/ssh/sshd_config.d/00-0-keystead.conf";
const MAIN = "/etc/ssh/sshd_config";
const KBD = { kbdInteractiveKeywords: ["KbdInteractiveAuthentication"] } as const;
const code = (value: string) => expect.objectContaining({ code: value });
const digest = (bytes: Uint8Array | string) => sha256(bytes).toString("hex");

describe.skipIf(reason !== undefined)("sshd's configuration on a real server", () => {
  let fleet: Fleet | undefined;
  let machine: Machine;
  const start = async (options: MachineOptions = {}) => {
    fleet = await startFleet(1, { dropIns: { "00-cloud-init.conf": "PasswordAuthentication yes\n" }, ...options });
    [machine] = fleet.machines as [Machine];
  };
  let token = "";
  beforeEach(() => {
    token = newRevertToken();
  });
  afterEach(() => fleet?.stop());

  function change(changes: Partial<ApplySshdFile> = {}) {
    return applySshdFile({
      path: DROP_IN,
      mainPath: MAIN,
      expected: "absent",
      content: dropInContent(KBD),
      require: PASSWORD_OFF_REQUIREMENTS,
      users: ["root", "ops", "plain"],
      connection: { ourAddress: "127.0.0.1", serverAddress: machine.host, serverPort: machine.port },
      token,
      revertAfterSeconds: 60,
      runAs: asRoot(machine.passwords.ops),
      ...changes,
    });
  }
  const passwordWorks = async () => {
    const session = await logIn(machine, "plain").catch(() => undefined);
    await session?.close();
    return session !== undefined;
  };
  /** Through the door that stays open: no login is possible once passwords are off. */
  const status = () => machine.exec("cat /run/keystead-revert/outcome");
  const listing = async () =>
    (await machine.must("ls -A /etc/ssh/sshd_config.d; ls -d /run/keystead* 2>/dev/null || true")).split("\n");

  async function session(user: "root" | "ops" = "ops") {
    const open = await logIn(machine, user);
    return {
      run: async <T>(program: RemoteProgram<T>) => runProgram(open, program, { deadlineMs: 30_000 }),
      close: () => open.close(),
    };
  }

  it.each(["ops", "root"] as const)(
    "P07 B29 B32 B33 B39 B40 as %s turns passwords off, and disarms by the token alone",
    async (user) => {
      await start();
      const pid = (await machine.readFile("/run/sshd.pid")).trim();
      const open = await session(user);
      const applied = await open.run(change(user === "root" ? { runAs: asRoot() } : {}));
      expect(applied).toMatchObject({ state: "applied", before: undefined, digest: digest(dropInContent(KBD)) });
      expect(applied.reload).toBe(`kill -HUP ${pid}`);
      expect(applied.classes.map((one) => [one.user, judgePasswordLogin(one.effective).kind])).toEqual([
        ["root", "off"],
        ["ops", "off"],
        ["plain", "off"],
      ]);
      expect(await passwordWorks()).toBe(false);
      expect(await machine.must(`stat -c '%U %a' ${DROP_IN} /run/keystead-revert`)).toBe("root 600\nroot 700\n");
      const runAs = asRoot(user === "root" ? undefined : machine.passwords.ops);
      const left = await open.run(revertStatus(token, runAs));
      expect(left).toMatchObject({ kind: "armed", ours: true });
      await expect(open.run(disarmRevert(newRevertToken(), runAs))).rejects.toThrow(code("servers/busy"));
      expect(await open.run(disarmRevert(token, runAs))).toMatchObject({ kind: "armed", ours: true });
      expect(await open.run(revertStatus(token, runAs))).toEqual({ kind: "none" });
      expect(await open.run(disarmRevert(token, runAs))).toEqual({ kind: "none" });
      expect((await machine.readFile("/run/sshd.pid")).trim()).toBe(pid);
      await open.close();
    },
  );

  it("P07 B18 is idempotent: the same change again answers unchanged and keeps the timer", async () => {
    await start();
    const open = await session();
    await open.run(change());
    const again = await open.run(change());
    expect(again).toMatchObject({ state: "unchanged", before: { content: dropInContent(KBD), mode: 0o600 } });
    expect(await open.run(revertStatus(token, asRoot(machine.passwords.ops)))).toMatchObject({
      kind: "armed",
      ours: true,
    });
    await expect(
      open.run(change({ token: newRevertToken(), content: Buffer.from("#\n"), expected: again.digest, require: [] })),
    ).rejects.toThrow(code("servers/busy"));
    await open.close();
  });

  it("P07 B40 the server goes back by itself when nobody disarms, long after we are gone", async () => {
    await start();
    const open = await session();
    await open.run(change({ revertAfterSeconds: 2 }));
    await open.close();
    expect(await passwordWorks()).toBe(false);
    await expect.poll(passwordWorks, { timeout: 15_000, interval: 1000 }).toBe(true);
    expect((await status()).stdout).toBe("restored\n");
    expect(await listing()).toEqual(["00-cloud-init.conf", "/run/keystead-revert", ""]);
    const runAs = asRoot(machine.passwords.ops);
    expect(await runOn(machine, "ops", disarmRevert(token, runAs))).toEqual({ kind: "restored", ours: true });
    // What has fired does not stand in the way of the next change.
    expect(await runOn(machine, "ops", change({ token: newRevertToken() }))).toMatchObject({ state: "applied" });
  });

  it("P07 B22 B40 restores the very bytes, mode and owner of an older file", async () => {
    await start({ dropIns: { "00-0-keystead.conf": "# older\r\nMaxAuthTries 5" } });
    await machine.must(`chmod 640 ${DROP_IN}; chgrp 50 ${DROP_IN}`);
    const before = Buffer.from("# older\r\nMaxAuthTries 5");
    const open = await session();
    const applied = await open.run(change({ expected: digest(before) }));
    expect(applied.before).toEqual({ content: before, mode: 0o640 });
    expect(await machine.must(`stat -c '%a %g' ${DROP_IN}`)).toBe("640 50\n");
    expect(await open.run(revertNow(token, asRoot(machine.passwords.ops)))).toEqual({ kind: "restored", ours: true });
    await open.close();
    expect(await machine.readFile(DROP_IN)).toBe(before.toString());
    expect(await machine.must(`stat -c '%U %a %g' ${DROP_IN}`)).toBe("root 640 50\n");
    expect(await passwordWorks()).toBe(true);
  });

  it("P11 B43 removes exactly our file and answers what holds then", async () => {
    await start();
    const open = await session();
    const { digest: expected } = await open.run(change({ revertAfterSeconds: 0 }));
    expect(await passwordWorks()).toBe(false);
    const removed = await open.run(change({ expected, content: "absent", require: [], revertAfterSeconds: 0 }));
    expect(removed).toMatchObject({ state: "applied", digest: "absent", before: { content: dropInContent(KBD) } });
    expect(removed.classes.map((one) => judgePasswordLogin(one.effective).kind)).toEqual(["on", "on", "on"]);
    await open.close();
    expect(await passwordWorks()).toBe(true);
    expect(await listing()).toEqual(["00-cloud-init.conf", ""]);
  });

  it("P07 B32 changes nothing when a Match block brings passwords back, unless it may override that", async () => {
    await start({ dropIns: { "60-match.conf": "Match User plain\n  PasswordAuthentication yes\n" } });
    const open = await session();
    await expect(open.run(change())).rejects.toThrow(code("servers/sshd-config-overridden"));
    expect(await listing()).toEqual(["60-match.conf", ""]);
    expect(await passwordWorks()).toBe(true);
    const forced = dropInContent({ ...KBD, overrideMatchBlocks: true });
    expect(await open.run(change({ content: forced }))).toMatchObject({ state: "applied" });
    expect(await passwordWorks()).toBe(false);
    await open.close();
  });

  it("P07 B38 changes nothing when sshd refuses the new file, or refuses what was there", async () => {
    await start();
    const open = await session();
    await expect(open.run(change({ content: Buffer.from("Nonsense yes\n") }))).rejects.toThrow(
      expect.objectContaining({
        code: "servers/sshd-config-invalid",
        details: expect.objectContaining({ cause: "config-invalid" }),
      }),
    );
    await machine.writeFile("/etc/ssh/sshd_config.d/70-broken.conf", "Gibberish yes\n");
    await expect(open.run(change())).rejects.toThrow(
      expect.objectContaining({
        code: "servers/sshd-config-invalid",
        details: { cause: "config-broken", serverText: expect.stringContaining("Gibberish") },
      }),
    );
    await open.close();
    expect(await listing()).toEqual(["00-cloud-init.conf", "70-broken.conf", ""]);
  });

  it("P07 B38 is not misled by a missing /run/sshd", async () => {
    await start();
    const open = await session();
    await machine.must("rmdir /run/sshd");
    expect(await open.run(change())).toMatchObject({ state: "applied" });
    await open.close();
  });

  it("P07 B17 changes nothing when the file is not the one expected", async () => {
    await start();
    const open = await session();
    await machine.writeFile(DROP_IN, "# somebody else's\n");
    await expect(open.run(change())).rejects.toThrow(code("servers/changed-meanwhile"));
    expect(await machine.readFile(DROP_IN)).toBe("# somebody else's\n");
    expect((await listing()).filter((name) => name.startsWith("/run"))).toEqual([]);
    await open.close();
  });

  it("P07 B10 names sshd's file when a link has taken its place", async () => {
    await start();
    const open = await session();
    await machine.must(`echo '# elsewhere' > /etc/ssh/real; ln -s /etc/ssh/real ${DROP_IN}`);
    await expect(open.run(change())).rejects.toThrow(code("servers/sshd-config-symlink"));
    await machine.must(`rm ${DROP_IN}; mkdir ${DROP_IN}`);
    await expect(open.run(change())).rejects.toThrow(code("servers/sshd-config-invalid"));
    await machine.must("mv /etc/ssh/sshd_config.d /etc/ssh/moved");
    await expect(open.run(change())).rejects.toThrow(code("servers/changed-meanwhile"));
    await open.close();
  });

  it("P07 B31 edits and restores the main file of a server without Include", async () => {
    const main =
      "# old server\nPermitRootLogin yes\nPasswordAuthentication yes\nUsePAM yes\n#Match all\nMatch User nobody\n  X11Forwarding no";
    await start({ mainConfig: main, dropIns: {} });
    const open = await session();
    const content = insertBlock(Buffer.from(main), passwordOffSettings(KBD));
    const applied = await open.run(change({ path: MAIN, content, expected: digest(main) }));
    expect(applied.before).toEqual({ content: Buffer.from(main), mode: 0o644 });
    expect(await passwordWorks()).toBe(false);
    const back = removeBlock(Buffer.from(await machine.readFile(MAIN)));
    expect(back.toString()).toBe(main);
    await open.run(disarmRevert(token, asRoot(machine.passwords.ops)));
    await open.run(change({ path: MAIN, content: back, expected: applied.digest, require: [], revertAfterSeconds: 0 }));
    await open.close();
    expect(await machine.readFile(MAIN)).toBe(main);
    expect(await passwordWorks()).toBe(true);
  });

  it("P07 B40 never calls a timer disarmed that is just firing", async () => {
    await start();
    const open = await session();
    await open.run(change());
    await machine.must(
      "cd /run/keystead-revert && mv armed firing && { (sleep 1; echo restored > outcome) >/dev/null 2>&1 & }",
    );
    expect(await open.run(disarmRevert(token, asRoot(machine.passwords.ops)))).toEqual({
      kind: "restored",
      ours: true,
    });
    await open.close();
  });

  /** A stand-in for systemd, which cannot run here: it obeys the very words we give and writes them down. */
  async function pretendSystemd(active: string): Promise<void> {
    await machine.must("mkdir -p /run/systemd/system");
    await machine.writeFile(
      "/usr/local/sbin/systemctl",
      `#!/bin/sh\necho "systemctl $*" >> /run/said\ncase "$*" in\n` +
        `"is-active --quiet ${active}") ;;\n"is-active "*) exit 3 ;;\n` +
        `"reload ${active}") /usr/sbin/sshd -t && kill -HUP "$(cat /run/sshd.pid)" ;;\n` +
        `"stop keystead-revert-"*.timer) kill "$(cat /run/timer)" ;;\n*) exit 5 ;;\nesac\n`,
      "755",
    );
    await machine.writeFile(
      "/usr/local/sbin/systemd-run",
      `#!/bin/sh\necho "systemd-run $*" >> /run/said\nwhile [ "\${1#--}" != "$1" ]; do case $1 in --on-active=*s) n=\${1#*=}; n=\${n%s} ;; esac; shift; done\n` +
        `setsid sh -c 'sleep "$0"; exec "$@"' "$n" "$@" </dev/null >/dev/null 2>&1 &\necho $! > /run/timer\n`,
      "755",
    );
  }

  it("P07 B39 B40 speaks to systemd: reload of the right unit, a transient timer that fires or is stopped", async () => {
    await start();
    await pretendSystemd("sshd.service");
    const open = await session();
    const runAs = asRoot(machine.passwords.ops);
    expect(await open.run(change({ revertAfterSeconds: 90 }))).toMatchObject({
      reload: "systemctl reload sshd.service",
    });
    expect(await passwordWorks()).toBe(false);
    const said = await machine.readFile("/run/said");
    expect(said).toMatch(/^systemctl reload sshd\.service$/m);
    expect(said).toMatch(
      /^systemd-run --quiet --collect --unit=keystead-revert-[0-9a-f]{16} --on-active=90s --timer-property=AccuracySec=1s sh \/run\/keystead-revert\/run 0 [0-9a-f]{16}$/m,
    );
    expect(said).not.toContain(token);
    expect(await open.run(disarmRevert(token, runAs))).toMatchObject({ kind: "armed", ours: true });
    expect(await machine.readFile("/run/said")).toMatch(/^systemctl stop keystead-revert-[0-9a-f]{16}\.timer$/m);
    await open.run(
      change({ expected: digest(dropInContent(KBD)), content: "absent", require: [], revertAfterSeconds: 0 }),
    );
    token = newRevertToken();
    await open.run(change({ revertAfterSeconds: 3 }));
    await open.close();
    await expect.poll(passwordWorks, { timeout: 15_000, interval: 1000 }).toBe(true);
  });

  it("P07 B39 reloads nothing where only the socket is active, since each connection reads the files", async () => {
    await start();
    await pretendSystemd("ssh.socket");
    const open = await session();
    expect(await open.run(change())).toMatchObject({ reload: "each-connection" });
    expect(await machine.readFile("/run/said")).not.toContain("systemctl reload");
    expect(await open.run(revertNow(token, asRoot(machine.passwords.ops)))).toEqual({ kind: "restored", ours: true });
    await open.close();
  });

  it("P07 B39 B40 puts the file back when the reload fails", async () => {
    await start();
    await pretendSystemd("ssh.service");
    await machine.must(`sed -i 's/"reload /"never /' /usr/local/sbin/systemctl`);
    const open = await session();
    // The service refuses the reload of the restored file as well: sshd has heard neither, and the file is what it was.
    await expect(open.run(change())).rejects.toThrow(code("servers/sshd-reload-failed"));
    expect((await listing())[0]).toBe("00-cloud-init.conf");
    await open.close();
  });

  it("P07 B40 asks for its go-ahead through a sudo that keeps no ticket, and ends at once when it does not come to that", async () => {
    await start();
    await machine.writeFile("/etc/sudoers.d/no-tickets", "Defaults timestamp_timeout=0\n", "440");
    const open = await session();
    const began = performance.now();
    await expect(open.run(change({ expected: digest("another file") }))).rejects.toThrow(
      code("servers/changed-meanwhile"),
    );
    expect(await open.run(change())).toMatchObject({ state: "applied" });
    expect(performance.now() - began).toBeLessThan(25_000);
    await open.close();
  });

  it("P07 refuses without root", async () => {
    await start();
    await expect(runOn(machine, "plain", change({ runAs: { kind: "login" } }))).rejects.toThrow(
      code("servers/not-permitted"),
    );
  });
});
