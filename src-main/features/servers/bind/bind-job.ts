import type { Job, Step } from "#main/features/jobs/index.ts";
import type { KeypairSigners } from "#main/features/keypairs/index.ts";
import type { Ssh } from "../ssh-port.ts";
import { logIn } from "../steps/log-in.ts";
import { benchParts, type ServerTimes } from "../steps/server-bench.ts";
import { switchBack } from "../steps/sshd-switch.ts";
import { addKey, removeKey } from "./add-key.ts";
import { BindBench } from "./bind-bench.ts";
import { keepPasswordsOff, provePasswordsOff, recordedPasswords, switchPasswordsOff } from "./passwords-off.ts";
import { proveKeyLogin } from "./prove-key-login.ts";
import { recordBinding } from "./record-binding.ts";
import { keysPath, survey, targetClass } from "./survey.ts";

/**
 * Binding a key pair to a server (P07). Nothing is taken away before its replacement is proved: the key goes in and is proved
 * by a login of its own before passwords go, and passwords going is proved from outside before the way back is closed.
 */
const steps: readonly Step<BindBench>[] = [
  { name: "log-in", run: logIn },
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
      const facts = await bench.facts();
      return recordBinding(bench, {
        authorizedKeysPath: bench.memory.keysEdit?.path ?? bench.keyFoundIn ?? keysPath(facts, targetClass(facts)),
        ...(await recordedPasswords(bench)),
      });
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
