import type { Job, Step } from "#main/features/jobs/index.ts";
import type { KeypairSigners } from "#main/features/keypairs/index.ts";
import type { Ssh } from "../ssh-port.ts";
import { logIn } from "../steps/log-in.ts";
import { benchParts, type ServerTimes } from "../steps/server-bench.ts";
import { SftpBench } from "./sftp-bench.ts";
import { addKeyBySftp, lookBySftp, proveSftpLogin, recordSftpBinding, removeKeyBySftp } from "./sftp-steps.ts";

/** Binding for an account without a shell (B23): the key goes in and is proved by SFTP; sshd's configuration is out of reach. */
const steps: readonly Step<SftpBench>[] = [
  { name: "log-in", run: logIn },
  { name: "look-by-sftp", run: lookBySftp },
  {
    name: "add-key-by-sftp",
    undoes: "take the key's line out of authorized_keys again",
    run: addKeyBySftp,
    undo: removeKeyBySftp,
  },
  { name: "prove-sftp-login", run: proveSftpLogin },
  { name: "record", run: recordSftpBinding },
];

export function sftpBindJob(ssh: Ssh, signers: KeypairSigners, times: Partial<ServerTimes> = {}): Job<SftpBench> {
  return {
    kind: "bind-sftp",
    steps,
    open: async (context) => new SftpBench(await benchParts(context, ssh, times, signers)),
    refusedSecrets: (code) => (code === "servers/login-refused" ? ["password"] : []),
  };
}
