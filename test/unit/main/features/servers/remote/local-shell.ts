import { spawn, spawnSync } from "node:child_process";
import { AwaitedLines } from "#main/adapters/ssh/awaited-lines.ts";
import type { RemoteProgram } from "#main/features/servers/remote/remote-program.ts";
import type { RunResult } from "#main/features/servers/ssh-port.ts";

/** Runs a program the way sshd would: the command line through a login shell, on this computer, as this user. */
export async function runHere<Answer>(
  program: RemoteProgram<Answer>,
  loginShell: readonly string[] = ["sh"],
): Promise<Answer> {
  return program.parse(await runRaw(program, loginShell));
}

export function runRaw(program: RemoteProgram<unknown>, loginShell: readonly string[] = ["sh"]): Promise<RunResult> {
  const [file = "sh", ...args] = loginShell;
  const child = spawn(file, [...args, "-c", program.command], { stdio: ["pipe", "pipe", "pipe"] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const awaited = new AwaitedLines(program.answers ?? []);
  child.stdout.on("data", (chunk: Buffer) => {
    stdout.push(chunk);
    const answer = awaited.push(chunk);
    if (answer !== undefined) child.stdin.end(answer);
  });
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on("error", () => undefined); // a script that fails early does not read the rest
  if (program.answers === undefined) child.stdin.end(program.stdin);
  else child.stdin.write(program.stdin);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) =>
      resolve({ status: status ?? undefined, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }),
    );
  });
}

/** Shells of this computer that a server may have, each as the words before `-c`. */
export const SHELLS: readonly (readonly string[])[] = [
  ["dash"],
  ["bash"],
  ["busybox", "sh"],
  ["zsh"],
  ["fish"],
  ["tcsh"],
].filter(([file]) => spawnSync("sh", ["-c", `command -v ${file}`]).status === 0);
