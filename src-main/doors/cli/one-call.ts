import type { App, Caller } from "#main/dispatch/caller.ts";
import { EXIT_STATUS } from "#shared/errors/codes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Task } from "#shared/models/task.ts";
import { awaitTask, taskFailure, taskIn } from "./await-task.ts";
import { plainLine } from "./plain-output.ts";
import type { PreparedCall } from "./prepare.ts";
import { ENDS_WITH_CALL, endsWithItsCall, withWayOut } from "./process-life.ts";
import { type CliPort, printError, printResult, printWarning, tell } from "./terminal-port.ts";
import { unlockVault } from "./vault-login.ts";

/** Unlocks unless the operation needs no session, calls it, waits for its task, prints. Gives the exit status. */
export async function oneCall(app: App, caller: Caller, prepared: PreparedCall, port: CliPort): Promise<number> {
  const { entry, login } = prepared;
  if (entry.definition.action !== "public") await unlockVault(app, caller, login, port);
  const params = await prepared.complete();
  const stop = port.stderr.isTTY === true ? showSteps(app, caller, port) : () => undefined;
  const reply = await app.dispatch(caller, { operation: entry.name, params });
  if (!reply.ok) throw KeysteadError.fromPayload(withWayOut(reply.error, entry.name));
  const { result } = reply;
  if (entry.definition.startsTask !== true) {
    await printResult(port, result);
    if (endsWithItsCall(entry.name)) await printWarning(port, ENDS_WITH_CALL);
    return 0;
  }
  const task = await awaitTask(app, caller, taskIn(result));
  stop();
  const failure = taskFailure(entry.name, task);
  try {
    await printResult(port, task);
  } finally {
    // Told even when nobody takes the task itself.
    if (failure !== undefined) await printError(port, withWayOut(failure, entry.name));
  }
  return failure === undefined ? 0 : EXIT_STATUS[failure.kind];
}

/** For a person who waits: each step as it ends, on the terminal only. */
function showSteps(app: App, caller: Caller, port: CliPort): () => void {
  const shown = new Set<string>();
  return app.listen(caller, (event) => {
    if (event.type === "task") for (const line of newSteps(event.task, shown)) void tell(port, `${line}\n`);
  });
}

function newSteps(task: Task, shown: Set<string>): string[] {
  const lines: string[] = [];
  for (const step of task.steps) {
    const key = `${step.name} ${step.state}`;
    if (step.state === "waiting" || step.state === "running" || shown.has(key)) continue;
    shown.add(key);
    const proof = step.proof === undefined ? "" : `: ${step.proof}`;
    lines.push(plainLine(`  ${step.state.padEnd(11)} ${step.name}${proof}`));
  }
  return lines;
}
