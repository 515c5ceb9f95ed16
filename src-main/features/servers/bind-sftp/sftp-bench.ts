import { BindBench } from "../bind/bind-bench.ts";
import type { SftpFiles, SshSession } from "../ssh-port.ts";

/** What the steps of a bind without a shell share: the connections of every bind, used for SFTP alone. */
export class SftpBench extends BindBench {
  /** What the server offered after `none` when the key was proved; `undefined` in a run that has not proved it. */
  offered: readonly string[] | undefined;

  async withSftp<Answer>(work: (sftp: SftpFiles) => Promise<Answer>, session?: SshSession): Promise<Answer> {
    const options = { deadlineMs: this.times.programMs, signal: this.context.signal };
    const sftp = await (session ?? (await this.control())).openSftp(options);
    try {
      return await work(sftp);
    } finally {
      sftp.close();
    }
  }
}
