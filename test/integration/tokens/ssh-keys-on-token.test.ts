import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fleetUnavailable, startNamedFleet } from "#test/support/fleet/fleet.ts";
import { ALL_DONE, Officer, stepsOf } from "#test/support/officer.ts";
import { processesShowing } from "#test/support/tokens/pin-hunt.ts";
import { pkcs11Tool, witnessUnavailable } from "#test/support/tokens/pkcs11-tool.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";
import { addedToken, tokenOutside } from "#test/support/tokens/token-officer.ts";
import { filesHolding } from "#test/support/vault-files.ts";

const PIN = "user-pin-70213";
const SO_PIN = "so-pin-60914";
const WANTED = { rsa: {}, ecdsa: {}, p384: {}, ed25519: {}, pulled: {}, absent: {} } as const;
type Name = keyof typeof WANTED;

const unavailable =
  softHsmUnavailable() !== undefined || witnessUnavailable() !== undefined || fleetUnavailable() !== undefined;

describe.skipIf(unavailable)("SSH key pairs on a token", () => {
  let hsm: SoftHsm;
  let officer: Officer;
  let fleet: Awaited<ReturnType<typeof startNamedFleet<Name>>>;
  let tokenId: string;
  let serial: string;

  const logIn = () => officer.client.tokens.logIn({ id: tokenId, pin: PIN });
  const make = (name: string, spec: "ed25519" | "rsa-2048" | "ecdsa-p256" | "ecdsa-p384") =>
    officer.client.keypairs.createOnToken({ name, spec, tokenId });
  const witness = () => pkcs11Tool({ module: hsm.module, env: hsm.env, label: "keys", pin: PIN });
  const restart = async () => {
    const { modules } = await officer.client.tokens.listModules({});
    await officer.client.tokens.restartModule({ id: modules[0]?.id ?? "" });
  };

  beforeAll(async () => {
    [hsm, fleet] = await Promise.all([startSoftHsm(), startNamedFleet<Name>(WANTED)]);
    ({ serial } = await hsm.addToken("keys", SO_PIN, PIN));
    officer = await Officer.withVault({ outside: tokenOutside(hsm.env) });
    tokenId = (await addedToken(officer, hsm, { serial })).id;
  });
  afterAll(async () => {
    expect(officer.bugs).toEqual([]);
    await officer[Symbol.asyncDispose]();
    await Promise.all([fleet.stop(), hsm.dispose()]);
  });

  it("P21 is made only where somebody is logged in", async () => {
    expect((await officer.refusal(make("too early", "ed25519"))).code).toBe("tokens/not-logged-in");
    expect((await officer.client.keypairs.list({})).keypairs).toEqual([]);
    await logIn();
  });

  it.each([
    ["rsa-2048", "rsa"],
    ["ecdsa-p256", "ecdsa"],
    ["ecdsa-p384", "p384"],
    ["ed25519", "ed25519"],
  ] as const)(
    "P21 P07 %s is made on the token, bound to a server, and its logins are signed there",
    async (spec, name) => {
      const keypair = await make(`on token ${spec}`, spec);
      expect(keypair).toMatchObject({ privateHalf: "on-token", token: { id: tokenId, label: "keys", serial } });
      expect(keypair).not.toHaveProperty("sealedUnder");
      const { text } = await officer.client.keypairs.publicKey({ id: keypair.id });
      const file = join(hsm.folder, `${spec}.pub`);
      writeFileSync(file, text);
      const printed = execFileSync("ssh-keygen", ["-lf", file], { encoding: "utf8" });
      expect(printed.split(" ")[1]).toBe(keypair.fingerprintSha256);
      const halves = (await witness().objects()).filter((object) => object.id === keypair.token?.keyId);
      expect(halves.map((half) => half.kind).sort()).toEqual(["Private Key Object", "Public Key Object"]);
      const half = halves.find(({ kind }) => kind === "Private Key Object");
      expect(half?.access).toEqual(expect.arrayContaining(["sensitive", "never extractable", "local"]));

      const machine = fleet.named[name];
      const server = await officer.server(machine);
      const task = await officer.bind({ id: server.id, keypairId: keypair.id, password: machine.passwords.root });
      expect(task.cause).toBeUndefined();
      expect(stepsOf(task)).toBe(ALL_DONE);
      expect(await machine.readFile("/root/.ssh/authorized_keys")).toBe(text);
      const { report } = await officer.client.servers.testConnection({ id: server.id });
      expect(report).toMatchObject({
        reachability: "reachable",
        login: { method: "publickey", user: "root", shell: true },
      });
      // Not by anything kept here: with nobody logged in to the token there is no login.
      await officer.client.tokens.logOut({ id: tokenId });
      expect((await officer.refusal(officer.client.servers.testConnection({ id: server.id }))).code).toBe(
        "tokens/not-logged-in",
      );
      await logIn();
    },
  );

  it("P21 its private half is neither exported nor imported nor cleared, and deleting the pair leaves it on the token", async () => {
    const keypair = await make("stays", "ed25519");
    const mine = execFileSync("openssl", ["genpkey", "-algorithm", "ed25519"], { encoding: "utf8" });
    const attempts = [
      officer.client.keypairs.exportPrivateKey({ ids: [keypair.id], file: { format: "openssh" } }),
      officer.client.keypairs.importPrivateKey({ id: keypair.id, privateKey: mine }),
      officer.client.keypairs.clearPrivateKey({ id: keypair.id }),
    ];
    for (const attempt of attempts) {
      const error = await officer.refusal(attempt);
      expect(error.code).toBe("keypairs/no-private-key");
      expect(error.message).toContain("never leaves it");
    }
    expect(await officer.client.keypairs.remove({ id: keypair.id })).toMatchObject({ staysOnToken: "keys" });
    const ids = (await witness().objects()).map((object) => object.id);
    expect(ids).toContain(keypair.token?.keyId);
  });

  it("P21 a pair whose name is taken leaves no key behind", async () => {
    await make("twice", "ed25519");
    const before = (await witness().objects()).length;
    // The second passes the first look and fails in the transaction.
    const replies = await Promise.allSettled([make("both", "ed25519"), make("both", "ed25519")]);
    expect(replies.map((reply) => reply.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await officer.refusal(make("twice", "ecdsa-p256"))).code).toBe("keypairs/name-taken");
    expect((await witness().objects()).length).toBe(before + 2);
  });

  it("P21 C32 the token pulled out in the middle ends the task with its name, and the task goes on once it is back", async () => {
    const keypair = await make("pulled", "ecdsa-p256");
    const machine = fleet.named.pulled;
    const server = await officer.server(machine);
    const before = await machine.exec("cat /root/.ssh/authorized_keys");
    const task = await officer.client.servers.bind({
      id: server.id,
      keypairId: keypair.id,
      password: machine.passwords.root,
    });
    await officer.reached(task.id, "log-in", "done");
    await hsm.pullOut(serial);
    const stopped = await officer.settled(task.id);
    expect(stopped.cause?.code).toMatch(/^tokens\//);
    expect(stopped.cause?.message).toContain("“keys”");
    expect(stopped.state).toBe("rolled-back");
    expect((await machine.exec("cat /root/.ssh/authorized_keys")).stdout).toBe(before.stdout);
    await hsm.putIn(serial);
    await restart();
    await logIn();
    const again = await officer.retry({ id: task.id, password: machine.passwords.root });
    expect(again.cause).toBeUndefined();
    expect(stepsOf(again)).toBe(ALL_DONE);
  });

  it("P21 binding says at once that the token is not in, or that nobody is logged in to it", async () => {
    const keypair = await make("absent", "ed25519");
    const machine = fleet.named.absent;
    const server = await officer.server(machine);
    const bind = () =>
      officer.client.servers.bind({ id: server.id, keypairId: keypair.id, password: machine.passwords.root });
    await officer.client.tokens.logOut({ id: tokenId });
    const nobody = await officer.refusal(bind());
    expect(nobody.code).toBe("tokens/not-logged-in");
    expect(nobody.message).toContain(`“keys” (serial ${serial})`);
    await hsm.pullOut(serial);
    await restart();
    const gone = await officer.refusal(bind());
    expect(gone.code).toBe("tokens/not-present");
    expect(gone.message).toContain(`“keys” (serial ${serial})`);
    expect((await officer.client.tasks.list({})).tasks.filter((task) => task.serverId === server.id)).toEqual([]);
    await hsm.putIn(serial);
    await restart();
    await logIn();
  });

  it("P21 C26 the PIN is in no trace, no file and no process's arguments or environment", async () => {
    expect(processesShowing(PIN)).toEqual([]);
    expect(JSON.stringify((await officer.client.audit.list({ limit: 1000 })).traces)).not.toContain(PIN);
    await officer.client.vault.lock({});
    expect(filesHolding(officer.folder, Buffer.from(PIN))).toEqual([]);
    await officer.unlock();
  });
});
