import { afterAll, beforeAll, expect } from "vitest";
import type { Outside } from "#main/app.ts";
import type { Input } from "#shared/contract/index.ts";
import type { Server } from "#shared/models/server.ts";
import type { Task } from "#shared/models/task.ts";
import { type Account, type Fleet, type Machine, type MachineOptions, startNamedFleet } from "./fleet/fleet.ts";
import { Officer } from "./officer.ts";

export interface Bound {
  readonly server: Server;
  readonly task: Task;
}

/** Real servers by name, an officer with a vault, and a key pair to bind to them. */
export interface BindFleet<Name extends string> {
  readonly named: Readonly<Record<Name, Machine>>;
  readonly machines: readonly Machine[];
  readonly officer: Officer;
  readonly keypairId: string;
  /** Adds the server to the inventory and binds, by the account's password; what it is like afterwards. */
  bindOn(machine: Machine, user?: Account, more?: Partial<Input<"servers", "bind">>): Promise<Bound>;
}

/** For all tests of the `describe` it is called in; there by the first of them, gone after the last, which must leave no bug. */
export function bindFleet<Name extends string>(
  wanted: Readonly<Record<Name, MachineOptions>>,
  outside: Outside = {},
): BindFleet<Name> {
  let fleet: Fleet & { readonly named: Readonly<Record<Name, Machine>> };
  let officer: Officer;
  let keypairId: string;
  beforeAll(async () => {
    [fleet, officer] = await Promise.all([startNamedFleet(wanted), Officer.withVault({ outside })]);
    keypairId = (await officer.keypair()).id;
  });
  afterAll(async () => {
    expect(officer.bugs).toEqual([]);
    await officer[Symbol.asyncDispose]();
    await fleet.stop();
  });
  return {
    get named() {
      return fleet.named;
    },
    get machines() {
      return fleet.machines;
    },
    get officer() {
      return officer;
    },
    get keypairId() {
      return keypairId;
    },
    async bindOn(machine, user = "root", more = {}) {
      const { id } = await officer.server(machine, user);
      const task = await officer.bind({ id, keypairId, password: machine.passwords[user], ...more });
      return { server: await officer.client.servers.get({ id }), task };
    },
  };
}

/** The ways in that the server's own ssh client is offered, from outside. */
export async function offeredTo(machine: Machine, user: Account): Promise<string | undefined> {
  const options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PreferredAuthentications=none";
  const { stderr } = await machine.exec(`ssh ${options} -p ${machine.port} ${user}@${machine.host} true`);
  return /Permission denied \(([^)]*)\)/.exec(stderr)?.[1];
}
