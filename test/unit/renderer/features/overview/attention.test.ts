import { describe, expect, it } from "vitest";
import { attentionGroups, vaultWarnings } from "#renderer/features/overview/attention.ts";
import type { Server } from "#shared/models/server.ts";
import type { Task } from "#shared/models/task.ts";
import type { TokenView } from "#shared/models/token.ts";
import { makeTask } from "#test/support/make-task.ts";

function makeServer(some: Partial<Server> = {}): Server {
  return {
    id: "s1",
    name: "web-1",
    host: "10.0.0.1",
    port: 22,
    user: "root",
    profile: "strict",
    reachability: "reachable",
    hostKeys: [{ algorithm: "ssh-ed25519", blob: "", fingerprint: "SHA256:x" }],
    passwordLogin: "off",
    createdAt: 0,
    updatedAt: 0,
    ...some,
  };
}

const CAN = { retry: false, rollBack: false, cancel: false, remove: true, needsPassword: false };
const makeEnded = (some: Partial<Task> = {}) =>
  makeTask({ state: "done", createdAt: 0, updatedAt: 0, can: CAN, ...some });

function makeToken(state: TokenView["userPin"]["state"], some: Partial<TokenView> = {}): TokenView {
  return {
    id: "0".repeat(32),
    moduleId: "m",
    moduleName: "SoftHSM",
    present: true,
    label: "UKey 7",
    manufacturer: "",
    model: "v2",
    serial: "1",
    initialized: true,
    loginRequired: true,
    protectedPath: false,
    writeProtected: false,
    loggedIn: "nobody",
    userPin: { state, ownFailures: 0, minLength: 4, maxLength: 8 },
    soPin: { state: "ok", ownFailures: 0 },
    administrator: false,
    lastSeenAt: 0,
    ...some,
  };
}

describe("attention", () => {
  it("H05 H01 names tokens whose PIN is in danger and libraries that do not start", () => {
    const modules = [
      {
        id: "m",
        name: "SoftHSM",
        path: "/x",
        state: "failed" as const,
        addedAt: 0,
        problem: { code: "x", message: "Gone." },
      },
      { id: "n", name: "Card", path: "/y", state: "crashed" as const, addedAt: 0 },
    ];
    const tokens = [
      makeToken("low"),
      makeToken("locked"),
      makeToken("final-try"),
      makeToken("ok"),
      makeToken("locked", { present: false }),
    ];
    const groups = attentionGroups([], [], { tokens, modules });
    expect(groups.map((group) => [group.kind, group.total])).toEqual([
      ["pinLocked", 1],
      ["pinFinalTry", 1],
      ["moduleDown", 1],
      ["pinLow", 1],
    ]);
    expect(groups[2]?.items[0]).toMatchObject({ name: "SoftHSM", message: "Gone.", to: "/tokens/modules/m" });
  });

  it("P06 P12 is calm when all is well", () => {
    expect(attentionGroups([makeServer()], [makeEnded(), makeEnded({ state: "rolled-back" })])).toEqual([]);
  });

  it("P06 P07 P12 names everything that needs somebody, most pressing first", () => {
    const groups = attentionGroups(
      [
        makeServer({
          reachability: "host-key-changed",
          problem: { code: "servers/host-key-changed", message: "Changed." },
        }),
        makeServer({ reachability: "unreachable" }),
        makeServer({ passwordLogin: "on" }),
        makeServer({ hostKeys: [] }),
        makeServer({ binding: { keypairId: "k", keypairName: "k", user: "root", state: "unproved" } }),
      ],
      [makeEnded({ state: "failed" }), makeEnded({ state: "interrupted" }), makeEnded({ state: "rollback-failed" })],
    );
    expect(groups.map((group) => group.kind)).toEqual([
      "hostKeyChanged",
      "rollbackFailed",
      "taskFailed",
      "taskInterrupted",
      "unproved",
      "unreachable",
      "unpinned",
      "passwordOn",
    ]);
    expect(groups[0]?.items[0]).toMatchObject({ to: "/servers/s1", message: "Changed.", severity: "bad" });
  });

  it("P06 stays readable when 300 servers are down", () => {
    const down = Array.from({ length: 300 }, (_, index) =>
      makeServer({ id: `s${index}`, reachability: "unreachable" }),
    );
    const [group] = attentionGroups(down, []);
    expect(group?.items).toHaveLength(4);
    expect(group).toMatchObject({ total: 300, more: 296, to: "/servers?reach=unreachable" });
  });

  it("P06 P12 names a server whose tasks failed again and again once, by the newest, and leads to all of them", () => {
    const onWeb = (id: string, updatedAt: number) =>
      makeEnded({ id, updatedAt, state: "failed", serverId: "s1", serverName: "web 1", title: `Bind ${id}` });
    const tasks = [
      onWeb("a", 1),
      onWeb("b", 3),
      onWeb("c", 2),
      makeEnded({ id: "d", state: "failed", serverId: "s2" }),
    ];
    const [group] = attentionGroups([], tasks);
    expect(group?.items.map(({ name, count, to }) => [name, count, to])).toEqual([
      ["Bind b", 3, "/tasks?q=web+1&state=failed"],
      ["Bind k to web-1", 1, "/tasks/d"],
    ]);
    expect(group).toMatchObject({ total: 4, more: 0 });
  });

  it("V01 shows the vault's own warnings, unfinished tasks apart, which are listed by name", () => {
    const warnings = [
      { code: "rolled-back", message: "Older than the last head." },
      { code: "unfinished-tasks", message: "One task." },
    ] as const;
    expect(vaultWarnings(warnings).map((warning) => warning.code)).toEqual(["rolled-back"]);
  });
});
