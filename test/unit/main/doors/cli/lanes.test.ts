import { expect, it } from "vitest";
import { Lanes } from "#main/doors/cli/lanes.ts";

function gate() {
  return Promise.withResolvers<void>();
}

it("G03 takes no more than it may run at once, and the next when one has ended", async () => {
  const lanes = new Lanes(2);
  const gates = [gate(), gate(), gate()];
  const started: number[] = [];
  const take = (index: number) =>
    lanes.take(async () => {
      started.push(index);
      await gates[index]?.promise;
    }, false);
  await take(0);
  await take(1);
  const third = take(2);
  await Promise.resolve();
  expect(started).toEqual([0, 1]);
  gates[1]?.resolve();
  await third;
  expect(started).toEqual([0, 1, 2]);
  gates[0]?.resolve();
  gates[2]?.resolve();
  await lanes.idle();
});

it("G03 lets work that must be alone wait for all before it, and all after it wait", async () => {
  const lanes = new Lanes(8);
  const first = gate();
  const order: string[] = [];
  await lanes.take(async () => {
    await first.promise;
    order.push("before");
  }, false);
  const alone = lanes.take(async () => {
    order.push("alone");
  }, true);
  await Promise.resolve();
  expect(order).toEqual([]);
  first.resolve();
  await alone;
  await lanes.take(async () => {
    order.push("after");
  }, false);
  await lanes.idle();
  expect(order).toEqual(["before", "alone", "after"]);
});
