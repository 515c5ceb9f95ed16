import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createSsh } from "#main/adapters/ssh/create-ssh.ts";
import type { Server } from "#shared/models/server.ts";
import { Officer } from "#test/support/officer.ts";
import { type ScriptedServer, scriptedServer } from "#test/support/scripted-ssh-server.ts";
import { SteppingSsh } from "#test/support/stepping-ssh.ts";

// What happens to a server's entry while the machine behind it is being asked. Names lead to servers of this test, as a
// resolver would lead them; the conversation is SSH's own.

let first: ScriptedServer;
let second: ScriptedServer;
let officer: Officer;
let stepping: SteppingSsh;
let server: Server;
let names: Record<string, ScriptedServer>;
let serial = 0;

beforeAll(async () => {
  [first, second] = await Promise.all([scriptedServer(refusing), scriptedServer(refusing)]);
  const real = createSsh();
  const routed = <T extends { readonly host: string; readonly port: number }>(request: T): T => {
    const { host = "", port = 0 } = names[request.host] ?? {};
    return { ...request, host, port };
  };
  stepping = new SteppingSsh({ ...real, readHostKey: (request) => real.readHostKey(routed(request)) });
  officer = await Officer.withVault({ outside: { ssh: stepping.ssh } });
});
beforeEach(async () => {
  serial += 1;
  names = { [here()]: first, [there()]: second };
  server = await officer.client.servers.add({ name: `web ${serial}`, host: here(), port: 22 });
});
afterAll(async () => {
  expect(officer.bugs).toEqual([]);
  await officer[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});

const refusing: Parameters<typeof scriptedServer>[0] = ({ context }) => context.reject();
const here = () => `here-${serial}.example`;
const there = () => `there-${serial}.example`;
const stored = () => officer.client.servers.get({ id: server.id });
const move = () => officer.client.servers.update({ id: server.id, host: there() });
const trust = (of: ScriptedServer, replace = false) =>
  officer.client.servers.trustHostKey({ id: server.id, fingerprint: of.hostKey.fingerprint, replace });
const test = () => officer.client.servers.testConnection({ id: server.id });

it.each([false, true])(
  "P06 B45 pins no key for another address than it was read from (replace: %s)",
  async (replace) => {
    stepping.before(here(), "look 1", move);
    const error = await officer.refusal(trust(first, replace));
    expect(error.code).toBe("servers/changed-meanwhile");
    expect(error.message).toContain(`stands for ${there()} port 22 (strict) now; ${here()} port 22 (strict) was asked`);
    expect(await stored()).toMatchObject({ host: there(), hostKeys: [], reachability: "unknown" });
    expect(await trust(second)).toMatchObject({ hostKeys: [second.hostKey], reachability: "reachable" });
  },
);

it("P06 B49 replaces no key that was pinned while another was read, unless that was said", async () => {
  stepping.before(here(), "look 1", async () => {
    await trust(first);
    names[here()] = second;
  });
  const error = await officer.refusal(trust(second));
  expect(error.code).toBe("servers/changed-meanwhile");
  expect((await stored()).hostKeys).toEqual([first.hostKey]);
  expect((await officer.refusal(trust(second))).code).toBe("servers/host-key-changed");
  expect((await trust(second, true)).hostKeys).toEqual([second.hostKey]);
});

it("P06 keeps nothing of a test when the entry was given another address meanwhile", async () => {
  stepping.before(here(), "look 1", move);
  expect((await officer.refusal(test())).code).toBe("servers/changed-meanwhile");
  const { lastSeenAt, reachability } = await stored();
  expect({ lastSeenAt, reachability }).toEqual({ lastSeenAt: undefined, reachability: "unknown" });
});

it("P06 does not call a key changed that was confirmed while the server was tested", async () => {
  await trust(first);
  names[here()] = second;
  stepping.before(here(), "look 2", () => trust(second, true));
  expect((await officer.refusal(test())).code).toBe("servers/changed-meanwhile");
  expect(await stored()).toMatchObject({ reachability: "reachable", hostKeys: [second.hostKey] });
  expect((await test()).report).toMatchObject({ reachability: "reachable" });
});

it("P06 keeps a name that was given meanwhile", async () => {
  stepping.before(here(), "look 1", () => officer.client.servers.update({ id: server.id, name: `db ${serial}` }));
  await trust(first);
  expect(await stored()).toMatchObject({ name: `db ${serial}`, hostKeys: [first.hostKey] });
});
