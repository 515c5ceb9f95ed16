import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { fleetUnavailable, startFleet } from "#test/support/fleet/fleet.ts";

/** Host-side ids of every process in the machine's pid namespace. */
function processesIn(namespace: string): string[] {
  return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && namespaceOf(entry) === namespace);
}

function namespaceOf(pid: string | number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined; // it ended between the listing and the look
  }
}

/** First bytes a server sends within `waitMs`; `undefined` when it accepts and stays silent; rejects when it refuses. */
async function banner(host: string, port: number, waitMs = 10_000): Promise<string | undefined> {
  const socket = connect({ host, port });
  try {
    await once(socket, "connect");
    const signal = AbortSignal.timeout(waitMs);
    const answer = await once(socket, "data", { signal }).catch(() => [undefined]);
    return answer[0]?.toString("latin1");
  } finally {
    socket.destroy();
  }
}

async function until(condition: () => boolean, deadlineMs = 30_000): Promise<boolean> {
  const end = Date.now() + deadlineMs;
  while (Date.now() < end) {
    if (condition()) return true;
    await sleep(20);
  }
  return condition();
}

describe.skipIf(fleetUnavailable())("throw-away server fleet", () => {
  it("P07 gives machines of their own: keys, accounts, files, processes", async () => {
    await using fleet = await startFleet(2);
    const [first, second] = fleet.machines;
    if (first === undefined || second === undefined) throw new Error("two machines were asked for");

    await first.writeFile("/root/.ssh/authorized_keys", "only here\n", "600");
    await first.must("echo changed >> /etc/ssh/sshd_config; touch /usr/bin/new-program; useradd stranger");
    expect((await second.exec("test -e /root/.ssh || test -e /usr/bin/new-program || id stranger")).status).not.toBe(0);
    expect(await second.readFile("/etc/ssh/sshd_config")).not.toContain("changed");
    expect(await first.readFile("/root/.ssh/authorized_keys")).toBe("only here\n");
    expect((await first.must("hostname")).trim()).toBe("server-1");
    expect((await second.must("hostname")).trim()).toBe("server-2");
    expect(await second.must("ps ax")).not.toContain(first.host);

    const fingerprints = [...first.hostKeyFingerprints, ...second.hostKeyFingerprints].map((key) => key.fingerprint);
    expect(new Set(fingerprints).size).toBe(6);
    const listed = await first.must("for key in /etc/ssh/*.pub; do ssh-keygen -lf $key; done");
    for (const key of first.hostKeyFingerprints) expect(listed).toContain(key.fingerprint);
    expect(new Set([...Object.values(first.passwords), ...Object.values(second.passwords)]).size).toBe(6);
    expect(await banner(first.host, first.port)).toMatch(/^SSH-2\.0-OpenSSH/);
  });

  it("P07 lets ops, and not plain, become root with a password", async () => {
    await using fleet = await startFleet(1);
    const [machine] = fleet.machines;
    const sudo = (account: string, password?: string) =>
      machine?.exec(`runuser -u ${account} -- sudo -S -p '' id -un`, `${password}\n`);
    expect((await sudo("ops", machine?.passwords.ops))?.stdout).toBe("root\n");
    expect((await sudo("ops", "wrong"))?.status).toBe(1);
    expect((await sudo("plain", machine?.passwords.plain))?.status).toBe(1);
  });

  it("P07 really reloads sshd: new configuration, same process, broken configuration refused", async () => {
    await using fleet = await startFleet(1, { dropIns: { "50-cloud-init.conf": "PasswordAuthentication yes\n" } });
    const [machine] = fleet.machines;
    if (machine === undefined) throw new Error("one machine was asked for");
    const before = await machine.must("cat /run/sshd.pid");
    expect(await machine.must("sshd -T")).toContain("\npasswordauthentication yes\n");

    await machine.writeFile(
      "/etc/ssh/sshd_config.d/00-test.conf",
      "PasswordAuthentication no\nVersionAddendum reloaded\n",
    );
    expect(await banner(machine.host, machine.port)).not.toContain("reloaded");
    await machine.must("systemctl reload ssh");
    await expect.poll(() => banner(machine.host, machine.port).catch(() => "")).toContain("reloaded");
    expect(await machine.must("cat /run/sshd.pid")).toBe(before);

    await machine.writeFile("/etc/ssh/sshd_config.d/01-broken.conf", "NoSuchKeyword yes\n");
    expect((await machine.exec("systemctl reload sshd.service")).status).toBe(1);
    expect(await banner(machine.host, machine.port)).toContain("reloaded");
    expect((await machine.exec("systemctl reload nginx")).status).toBe(5);
  });

  it("P07 stops, starts again with its disk, pauses and resumes", async () => {
    await using fleet = await startFleet(1, { authorizedKeys: { ops: "# kept\n" } });
    const [machine] = fleet.machines;
    if (machine === undefined) throw new Error("one machine was asked for");
    await machine.stop();
    await expect(banner(machine.host, machine.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await machine.start();
    expect(await banner(machine.host, machine.port)).toMatch(/^SSH-2\.0/);
    expect(await machine.readFile("/home/ops/.ssh/authorized_keys")).toBe("# kept\n");
    await machine.pause();
    expect(await banner(machine.host, machine.port, 300)).toBeUndefined();
    await machine.resume();
    expect(await banner(machine.host, machine.port)).toMatch(/^SSH-2\.0/);
  });

  it("P07 runs out of disk where a test makes it small", async () => {
    await using fleet = await startFleet(1, { sizes: { rootHome: "64k", home: "64k" } });
    const filled = await fleet.machines[0]?.exec("head -c 200000 /dev/zero > /root/big");
    expect(filled?.stderr).toContain("No space left on device");
  });

  it("says what sshd disliked when a machine cannot boot", async () => {
    await expect(startFleet(1, { dropIns: { "10-wrong.conf": "NoSuchKeyword yes\n" } })).rejects.toThrow(
      /NoSuchKeyword/,
    );
  });

  it("P08 gives twenty machines at once, each with an address of its own", async () => {
    await using fleet = await startFleet(20);
    expect(new Set(fleet.machines.map(({ host }) => host)).size).toBe(20);
    const greetings = await Promise.all(fleet.machines.map(({ host, port }) => banner(host, port)));
    for (const greeting of greetings) expect(greeting).toMatch(/^SSH-2\.0-OpenSSH/);
  });

  it("leaves no process and no listener after stop", async () => {
    const fleet = await startFleet(3);
    const namespaces = fleet.machines.map(({ pid }) => namespaceOf(pid) ?? "");
    for (const namespace of namespaces) expect(processesIn(namespace).length).toBeGreaterThanOrEqual(2);
    await fleet.machines[0]?.exec("sleep 1000 > /dev/null 2>&1 & disown");
    await fleet.stop();
    // The private mounts live in namespaces that end with their last process.
    for (const namespace of namespaces) expect(processesIn(namespace)).toEqual([]);
    for (const { host, port } of fleet.machines) {
      await expect(banner(host, port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
      await expect(banner(host, 21_977)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    }
  });

  it("leaves nothing when the program that started it is killed", async () => {
    const program = `
      import { startFleet } from ${JSON.stringify(new URL("../../support/fleet/fleet.ts", import.meta.url).href)};
      const fleet = await startFleet(2);
      await fleet.machines[1].pause();
      console.log(fleet.machines.map((machine) => machine.pid).join(" "));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(createInterface({ input: parent.stdout }), "line");
    const namespaces = String(line)
      .split(" ")
      .map((pid) => namespaceOf(pid) ?? "");
    for (const namespace of namespaces) expect(processesIn(namespace).length).toBeGreaterThanOrEqual(2);
    parent.kill("SIGKILL");
    expect(await until(() => namespaces.every((namespace) => processesIn(namespace).length === 0))).toBe(true);
  });
});
