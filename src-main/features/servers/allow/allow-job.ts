import type { Job, Step } from "#main/features/jobs/index.ts";
import type { KeypairSigners } from "#main/features/keypairs/index.ts";
import { updateServer } from "../server-repository.ts";
import type { Ssh } from "../ssh-port.ts";
import { logIn } from "../steps/log-in.ts";
import { passwordLoginOf } from "../steps/matched-accounts.ts";
import { benchParts, type ServerTimes } from "../steps/server-bench.ts";
import { switchBack } from "../steps/sshd-switch.ts";
import { AllowBench } from "./allow-bench.ts";
import { keepPasswordsAllowed, provePasswordsOffered, removeOwnSetting, surveySwitch } from "./passwords-allowed.ts";

/** Taking back Keystead's "no passwords" on a server (B43), over the bound key and with the same timed way back as the switch. */
const steps: readonly Step<AllowBench>[] = [
  { name: "log-in-by-key", run: logIn },
  { name: "survey-passwords", run: surveySwitch },
  {
    name: "remove-own-setting",
    undoes: "put Keystead's setting back and reload sshd",
    run: removeOwnSetting,
    undo: switchBack,
  },
  { name: "prove-passwords-offered", run: provePasswordsOffered },
  { name: "keep-passwords-allowed", run: keepPasswordsAllowed },
  {
    name: "record-password-login",
    run: async (bench) => {
      const { clock, serverId = "" } = bench.context;
      const { sshd } = await bench.facts();
      const session = await bench.control();
      const passwordLogin = passwordLoginOf(sshd, await bench.matched());
      const now = clock.now();
      return {
        proof: `Password login on ${bench.server.name} is recorded as ${passwordLogin}, as sshd says; the key pair stays bound.`,
        change: (tx) =>
          updateServer(tx, serverId, {
            passwordLogin,
            reachability: "reachable",
            problemCode: null,
            problemMessage: null,
            lastSeenAt: now,
            serverVersion: session.serverVersion,
            updatedAt: now,
          }),
      };
    },
  },
];

export function allowJob(ssh: Ssh, signers: KeypairSigners, times: Partial<ServerTimes> = {}): Job<AllowBench> {
  return {
    kind: "allow-password-login",
    steps,
    open: async (context) => new AllowBench(await benchParts(context, ssh, times, signers)),
    refusedSecrets: (code) => (code === "servers/sudo-refused" ? ["sudoPassword"] : []),
  };
}
