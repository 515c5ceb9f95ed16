import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Task } from "#shared/models/task.ts";
import type { BindChildOrder } from "./bind-child.ts";

const CHILD = join(import.meta.dirname, "bind-child.ts");

/** Kills the whole process without warning: `late` milliseconds after a task of it begins the step. */
export async function killedAt(order: BindChildOrder, step: string, late: number): Promise<void> {
  const child = spawn(process.execPath, [CHILD], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  child.stdin.write(`${JSON.stringify(order)}\n`);
  for await (const line of createInterface({ input: child.stdout })) {
    const { task } = JSON.parse(line) as { task?: Task };
    if (!task?.steps.some((each) => each.name === step && each.state === "running")) continue;
    await sleep(late);
    child.kill("SIGKILL");
    break;
  }
  const [, signal] = await ended;
  expect(signal).toBe("SIGKILL");
}
