import { parseSshdEffective, type SshdEffective } from "#main/features/servers/sshd-effective.ts";

/** `sshd -T` of OpenSSH 9.2 with Debian's defaults, shortened to what is read, with lines replaced or added. */
export function makeEffective(
  changes: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): SshdEffective {
  const settings: Record<string, string | readonly string[] | undefined> = {
    port: "22",
    usepam: "yes",
    permitrootlogin: "without-password",
    pubkeyauthentication: "yes",
    passwordauthentication: "yes",
    kbdinteractiveauthentication: "no",
    strictmodes: "yes",
    pidfile: "/run/sshd.pid",
    authorizedkeysfile: ".ssh/authorized_keys .ssh/authorized_keys2",
    authorizedkeyscommand: "none",
    revokedkeys: "none",
    forcecommand: "none",
    requiredrsasize: "1024",
    pubkeyacceptedalgorithms: "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,rsa-sha2-512,rsa-sha2-256",
    authenticationmethods: "any",
    ...changes,
  };
  const lines = Object.entries(settings).flatMap(([keyword, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${keyword} ${one}`),
  );
  return parseSshdEffective(`${lines.join("\n")}\n`);
}
