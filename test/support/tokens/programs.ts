import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Rejects with what it printed when it fails, because a witness's words are the evidence. */
export function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  timeoutMs = 60_000,
  goodCodes: readonly number[] = [0],
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error === null || goodCodes.includes(Number(error.code ?? Number.NaN))) resolve({ stdout, stderr });
      else
        reject(new Error(`${program} ended with ${error.code ?? error.signal}: ${stderr}${stdout}`, { cause: error }));
    });
  });
}

export function hasProgram(program: string): boolean {
  const folders = `${process.env.PATH ?? ""}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return folders.some((folder) => folder !== "" && isThere(join(folder, program), constants.X_OK));
}

export function isThere(path: string, mode: number = constants.R_OK): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

const said = new Set<string>();

/** Says a reason once on standard error, so that a skipped suite is never a silent one, and hands it on. */
export function sayOnce(reason: string | undefined): string | undefined {
  if (reason !== undefined && !said.has(reason)) {
    said.add(reason);
    process.stderr.write(`\n*** ${reason}\n\n`);
  }
  return reason;
}
