import type { StepProof } from "#main/features/jobs/index.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { makeProgram, type RunAs } from "../remote/remote-program.ts";
import type { SshSession } from "../ssh-port.ts";
import type { BindBench } from "./bind-bench.ts";

/** Who we are on the far side. The program's random frame must come back, or no shell of ours has run (B6). */
const whoAmI = (runAs: RunAs) =>
  makeProgram({
    name: "prove login",
    script: 'put uid "$(id -u)"\n',
    values: {},
    runAs,
    read: (answer) => answer.number("uid"),
  });

/** A new connection, the key alone, and a command that really runs; with root rights where they will be needed (B37). */
export async function proveKeyLogin(bench: BindBench): Promise<StepProof> {
  const session = await keyLogin(bench);
  const needsRoot = bench.params.disablePasswordLogin;
  const uid = await bench.run(whoAmI(needsRoot ? bench.asRoot : bench.asUser), session);
  if (needsRoot && uid !== 0) {
    throw new KeysteadError(
      "servers/would-lock-out",
      "The key logs in, but this account cannot become root, so nobody could undo the switch. Passwords stay on.",
    );
  }
  await bench.context.remember({ keyProved: true });
  const who = uid === 0 ? (bench.user === "root" ? "root" : "root by sudo") : `user id ${uid}`;
  return { proof: `A new connection logged in with the key alone (${session.method}) and ran a command as ${who}.` };
}

async function keyLogin(bench: BindBench): Promise<SshSession> {
  try {
    return await bench.freshKeyLogin();
  } catch (error) {
    if (!isKeysteadError(error) || error.code !== "servers/login-refused") throw error;
    const doubts = bench.placeDoubts.length === 0 ? "" : ` ${bench.placeDoubts.join(" ")}`;
    throw new KeysteadError(
      "servers/key-not-accepted",
      `The server refused a login with the key although it is in its keys file.${doubts} Look in the server's authentication log (journalctl -u ssh) for the reason. What was added is taken out again.`,
      {},
      { cause: error },
    );
  }
}
