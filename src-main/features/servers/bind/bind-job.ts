import type { Job, Step } from "#main/features/jobs/index.ts";
import type { KeypairSigners } from "#main/features/keypairs/index.ts";
import { pinHostKey, saveBinding, updateServer } from "../server-repository.ts";
import type { Ssh } from "../ssh-port.ts";
import { judgePasswordOff } from "../sshd-password-off.ts";
import { benchParts, type ServerTimes } from "../steps/server-bench.ts";
import { switchBack } from "../steps/sshd-switch.ts";
import { addKey, removeKey } from "./add-key.ts";
import { BindBench } from "./bind-bench.ts";
import { keepPasswordsOff, provePasswordsOff, switchPasswordsOff } from "./passwords-off.ts";
import { proveKeyLogin } from "./prove-key-login.ts";
import { keysPath, survey, targetClass } from "./survey.ts";

/**
 * Binding a key pair to a server (P07). Nothing is taken away before its replacement is proved: the key goes in and is proved
 * by a login of its own before passwords go, and passwords going is proved from outside before the way back is closed.
 */
const steps: readonly Step<BindBench>[] = [
  {
    name: "log-in",
    run: async (bench) => {
      const session = await bench.control();
      return {
        proof: `The host key ${session.hostKey.fingerprint} is the pinned one; ${bench.user} logged in by ${session.method}.`,
        serverText: session.serverVersion,
      };
    },
  },
  { name: "survey", run: survey },
  { name: "add-key", undoes: "take the key's line out of authorized_keys again", run: addKey, undo: removeKey },
  { name: "prove-key-login", run: proveKeyLogin },
  {
    name: "switch-passwords-off",
    undoes: "put sshd's configuration back and reload it",
    run: switchPasswordsOff,
    undo: switchBack,
  },
  { name: "prove-passwords-off", run: provePasswordsOff },
  { name: "keep-passwords-off", run: keepPasswordsOff },
  {
    name: "record",
    run: async (bench) => {
      const { clock, serverId = "", keypairId = "" } = bench.context;
      const facts = await bench.facts();
      const now = clock.now();
      const off = bench.params.disablePasswordLogin || judgePasswordOff(facts.sshd?.classes ?? []).off;
      const known = bench.params.disablePasswordLogin || (facts.sshd?.classes.length ?? 0) > 0;
      const session = await bench.control();
      return {
        proof: `${bench.server.name} is bound.`,
        change: async (tx) => {
          const authorizedKeysPath =
            bench.memory.keysEdit?.path ?? bench.keyFoundIn ?? keysPath(facts, targetClass(facts));
          await saveBinding(tx, {
            serverId,
            keypairId,
            user: bench.user,
            state: "bound",
            authorizedKeysPath,
            provedAt: now,
          });
          // OpenSSH proves its other host keys right after login: pinned too, an upgrade there is no attack (B48).
          for (const key of session.provenHostKeys) await pinHostKey(tx, serverId, key, now, false);
          await updateServer(tx, serverId, {
            passwordLogin: known ? (off ? "off" : "on") : "unknown",
            reachability: "reachable",
            problemCode: null,
            problemMessage: null,
            lastSeenAt: now,
            serverVersion: session.serverVersion,
            updatedAt: now,
          });
        },
      };
    },
  },
];

export function bindJob(ssh: Ssh, signers: KeypairSigners, times: Partial<ServerTimes> = {}): Job<BindBench> {
  return {
    kind: "bind",
    steps,
    open: async (context) => new BindBench(await benchParts(context, ssh, times, signers)),
    refusedSecrets: (code) => {
      if (code === "servers/login-refused") return ["password"];
      return code === "servers/sudo-refused" ? ["sudoPassword"] : [];
    },
  };
}
