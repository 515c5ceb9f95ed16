import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CliBench, finished } from "#test/support/cli.ts";
import { type Fleet, fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";

describe.skipIf(fleetUnavailable())("binding from the command line, on real servers", () => {
  let bench: CliBench;
  let fleet: Fleet;
  let keypairId: string;
  beforeAll(async () => {
    bench = new CliBench();
    fleet = await startFleet(4);
    expect((await bench.create()).status).toBe(0);
    keypairId = (await bench.must("keypairs", "create", "--name", "bound", "--spec", "ed25519")).keypair.id;
  });
  afterAll(async () => {
    await fleet?.stop();
    bench?.[Symbol.dispose]();
  });

  async function add(machine: Machine, user: string): Promise<string> {
    const at = ["--host", machine.host, "--port", String(machine.port)];
    const { hostKey, knownHosts } = await bench.must("servers", "read-host-key", ...at);
    expect(machine.hostKeyFingerprints.map((key) => key.fingerprint)).toContain(hostKey.fingerprint);
    expect(knownHosts.verdict).toMatch(/^(not-listed|unreadable)$/);
    const pin = ["--host-key-fingerprint", hostKey.fingerprint];
    return (await bench.must("servers", "add", "--name", machine.name, "--user", user, ...at, ...pin)).id;
  }

  const machine = (index: number): Machine => {
    const found = fleet.machines[index];
    if (found === undefined) throw new Error(`no machine ${index}`);
    return found;
  };

  it("G03 P06 P07 P12 B43 binds, waits for the task, and shows it done; the key logs in and the password does not until it is allowed again", async () => {
    const id = await add(machine(0), "ops");
    const passwordFile = bench.secretFile("ops", machine(0).passwords.ops);
    const run = await bench.unlocked(
      ["servers", "bind", "--id", id, "--keypair-id", keypairId, "--password-file", passwordFile],
      { onStart: (child) => expect(child.spawnargs.join(" ")).not.toContain(machine(0).passwords.ops) },
    );
    expect(run.status, run.stderr).toBe(0);
    expect(run.result).toMatchObject({ state: "done", kind: "bind" });
    const byKey = await bench.must("servers", "test-connection", "--id", id);
    expect(byKey.report.login).toMatchObject({ method: "publickey", shell: true });
    const byPassword = await bench.must("servers", "test-connection", "--id", id, "--password-file", passwordFile);
    expect(byPassword.report.problem.code).toBe("servers/login-refused");
    const back = ["servers", "allow-password-login", "--id", id, "--sudo-password-file", passwordFile];
    const allowed = await bench.unlocked(back, {
      onStart: (child) => expect(child.spawnargs.join(" ")).not.toContain(machine(0).passwords.ops),
    });
    expect(allowed.status, allowed.stderr).toBe(0);
    expect(allowed.result).toMatchObject({ state: "done", kind: "allow-password-login" });
    const again = await bench.must("servers", "test-connection", "--id", id, "--password-file", passwordFile);
    expect(again.report.login).toMatchObject({ method: "password" });
  });

  it("G03 P12 shows a task that failed, and exits by its cause", async () => {
    const id = await add(machine(1), "root");
    const wrong = bench.secretFile("wrong-root", "not the password of root");
    const run = await bench.unlocked([
      "servers",
      "bind",
      "--id",
      id,
      "--keypair-id",
      keypairId,
      "--password-file",
      wrong,
    ]);
    expect(run.status).toBe(3);
    expect(run.result).toMatchObject({ state: "failed", cause: { code: "servers/login-refused" } });
    expect(run.error).toMatchObject({
      code: "servers/login-refused",
      details: { taskId: run.result.id, state: "failed" },
    });
    const right = bench.secretFile("right-root", machine(1).passwords.root);
    const again = await bench.unlocked(["tasks", "retry", "--id", run.result.id, "--password-file", right]);
    expect(again.status, again.stderr).toBe(0);
    expect(again.result).toMatchObject({ state: "done", attempt: 2 });
  });

  it("G03 P12 pauses a task at Ctrl-C: a named state, status 130, and it can be taken up again", async () => {
    const id = await add(machine(2), "root");
    const password = bench.secretFile("root", machine(2).passwords.root);
    await machine(2).pause();
    const child = bench.start([
      ...["servers", "bind", "--id", id, "--keypair-id", keypairId, "--password-file", password],
      ...["--vault-password-file", bench.passwordFile],
    ]);
    const done = finished(child);
    // The connection to the hung server stands once the kernel has taken it; the task is at its first step then.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    child.kill("SIGINT");
    const run = await done;
    await machine(2).resume();
    expect(run).toMatchObject({ status: 130, error: { code: "request/interrupted" } });
    const { tasks } = await bench.must("tasks", "list");
    const task = tasks.find((each: { serverId: string }) => each.serverId === id);
    expect(task).toMatchObject({ state: "interrupted", cause: { code: "tasks/interrupted" }, can: { retry: true } });
    const again = await bench.unlocked(["tasks", "retry", "--id", task.id]);
    expect(again.status, again.stderr).toBe(0);
    expect(again.result.state).toBe("done");
  });

  it("G03 P12 answers a batch's bind when its task has ended, or at once when asked not to wait, and ends with it", async () => {
    const id = await add(machine(3), "root");
    const bind = (name: string, password: string, wait: boolean) =>
      `${JSON.stringify({ id: name, operation: "servers.bind", params: { id, keypairId, password }, wait })}\n`;
    const run = await bench.unlocked(["batch", "--sequential"], {
      input: bind("waited", "not the password of root", true) + bind("at once", machine(3).passwords.root, false),
    });
    const [waited, atOnce] = run.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(waited).toMatchObject({
      id: "waited",
      ok: false,
      error: { code: "servers/login-refused" },
      result: { state: "failed" },
    });
    expect(atOnce).toMatchObject({ id: "at once", ok: true, result: { state: "queued" } });
    expect(run.status).toBe(1);
    // The end of the input came at once; the batch stayed until the task was done.
    expect(await bench.must("tasks", "get", "--id", atOnce.result.id)).toMatchObject({ state: "done" });
  });
});
