import { describe, expect, it } from "vitest";
import { keysteadEvent } from "#shared/contract/events.ts";
import { contract, findOperation, operations } from "#shared/contract/index.ts";

const namesOf = (which: (entry: (typeof operations)[number]) => boolean) =>
  operations.filter(which).map(({ name }) => name);

/*
 * The walk over all operations believes what the contract says of each. What must never be said by mistake stands here a
 * second time: taking one of these away needs two hands.
 */
describe("contract", () => {
  it("A01 only these four are open to anybody", () => {
    expect(namesOf(({ definition }) => definition.action === "public")).toEqual([
      "vault.status",
      "vault.create",
      "vault.unlock",
      "vault.unlockWithToken",
    ]);
  });

  it("A01 only these two leave no trace", () => {
    expect(namesOf(({ definition }) => definition.untraced !== undefined)).toEqual(["vault.status", "vault.keepAlive"]);
  });

  it("A01 what destroys a key, lets one out, changes who comes in or opens a server or silences a warning is critical", () => {
    expect(namesOf(({ definition }) => definition.critical === true)).toEqual([
      "vault.requireSecondFactor",
      "vault.acceptRollback",
      "keypairs.remove",
      "keypairs.exportPrivateKey",
      "keypairs.clearPrivateKey",
      "servers.allowPasswordLogin",
      "tokens.relinkInstance",
      "tokens.initialize",
      "tokens.beginSeries",
      "tokens.unblockPin",
      "tokens.deleteObject",
      "tokens.transferWrappingKey",
      "tokens.backUpKey",
      "tokens.backUpKeyToShares",
      "tokens.revealShare",
      "tokens.restoreKeyFromShares",
      "tokens.registerAdministrator",
      "tokens.removeAdministrator",
    ]);
    for (const { name, operation, definition } of operations)
      if (/^(?:reveal|export)/.test(operation)) expect(definition.critical, name).toBe(true);
  });

  it("A01 D30 only what reveals has a result that traces must not show, and it is critical", () => {
    expect(namesOf(({ definition }) => definition.secretResult !== undefined)).toEqual(["tokens.revealShare"]);
    for (const { operation, definition } of operations)
      if (definition.secretResult !== undefined)
        expect([/^reveal/.test(operation), definition.critical]).toEqual([true, true]);
  });

  it("A01 no result has room for a private key, a password or a PIN", () => {
    const secretive = /^(?:.*password|passphrase|privateKey|pin|secret|pkcs8|.*sealed)$/i;
    const allowed = new Set(["passwordLogin", "needsPassword"]);
    // biome-ignore lint/suspicious/noExplicitAny: walks schemas of every kind
    const keysOf = (schema: any): string[] => {
      const { shape, element, options, innerType } = schema?.def ?? {};
      const nested =
        shape === undefined ? [] : Object.entries(shape).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
      return [
        ...nested,
        ...(element === undefined ? [] : keysOf(element)),
        ...(options ?? []).flatMap(keysOf),
        ...(innerType === undefined ? [] : keysOf(innerType)),
      ];
    };
    let seen = 0;
    for (const { name, definition } of operations)
      for (const key of keysOf(definition.result)) {
        seen += 1;
        if (!allowed.has(key)) expect(key, name).not.toMatch(secretive);
      }
    expect(seen).toBeGreaterThan(200);
  });

  it("A01 every parameter object is strict, every name and trace unique, every summary a phrase", () => {
    for (const { name, definition } of operations) {
      const parsed = definition.params.safeParse({ surprise: 1 });
      expect(parsed.success, name).toBe(false);
      expect(
        parsed.error?.issues.some(({ code }) => code === "unrecognized_keys"),
        name,
      ).toBe(true);
      expect(definition.summary, name).toMatch(/^[A-Z][^\n]{10,150}[^.]$/);
      expect(definition.trace, name).toMatch(/^[a-z][A-Za-z]+$/);
      expect(findOperation(name)?.definition).toBe(definition);
    }
    expect(new Set(operations.map(({ definition }) => definition.trace)).size).toBe(operations.length);
  });
});

it("G03 lets every feature of the contract be told as changed, and nothing else", () => {
  for (const feature of Object.keys(contract))
    expect(keysteadEvent.parse({ type: "changed", feature })).toEqual({ type: "changed", feature });
  expect(keysteadEvent.safeParse({ type: "changed", feature: "nothing" }).success).toBe(false);
});
