import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { SshdFacts } from "../remote/probe.ts";
import { chooseSettingsPlace } from "../sshd-drop-in.ts";
import { judgePasswordOff } from "../sshd-password-off.ts";

/** For a file of sshd's that is replaced by renaming: a link would become a file, and its target go on as if nothing were (B8, B10). */
export function refuseLinked(sshd: SshdFacts, path: string): void {
  if (!sshd.links.includes(path)) return;
  throw new KeysteadError(
    "servers/sshd-config-symlink",
    `${path} of this server's sshd is a symbolic link, which Keystead does not replace. Put the file itself there, or bind without switching password login off. Nothing was changed.`,
    { path },
  );
}

/** Told before the key goes in: where the switch would go, if one is needed. */
export function refuseLinkedPlace(sshd: SshdFacts): void {
  if (judgePasswordOff(sshd.classes).off) return;
  const { mainPath, mainFile, listings } = sshd;
  refuseLinked(sshd, chooseSettingsPlace({ mainPath, mainFile: mainFile.toString("utf8"), listings }).path);
}
