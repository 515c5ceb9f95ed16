import type { Machine } from "./fleet/fleet.ts";

/**
 * Everything a bind could change on a server, as text: mode, owner, size and bytes of every file in the .ssh folders and in
 * /etc/ssh, what sshd says its configuration is for three users, leftovers of ours, and the revert's folder. Two equal texts
 * mean "byte for byte as before"; times and inodes are left out, since a restored file is a new one.
 */
const LOOK = `
for place in /root /root/.ssh /home/ops /home/ops/.ssh /home/plain /home/plain/.ssh /etc/ssh/sshd_config.d /etc/ssh/keys; do
  [ -e "$place" ] || { echo "$place absent"; continue; }
  stat -c '%n %F %a %U:%G' "$place"
done
find /root/.ssh /home/*/.ssh /etc/ssh /root/keys /srv/keys -not -type d 2>/dev/null | sort | while read -r file; do
  case $file in */ssh_host_* | */moduli) continue ;; esac
  stat -c '%N %F %a %U:%G %s' "$file"
  base64 -w 0 < "$file"; echo
done
find /etc /run /root /home /srv /tmp /var/tmp -name '*keystead*' 2>/dev/null
for user in root ops plain; do
  echo "sshd for $user:"; /usr/sbin/sshd -T -C "user=$user,host=127.0.0.1,addr=127.0.0.1" 2>&1 || true
done
`;

export async function footprint(machine: Machine): Promise<string> {
  return machine.must(LOOK);
}

/** Waits for processes of ours to go: the revert's timer sleeps on the server until it is disarmed. */
export async function ownProcesses(machine: Machine): Promise<string> {
  return machine.must("ps -eo args | grep -i '[k]eystead' || true");
}
