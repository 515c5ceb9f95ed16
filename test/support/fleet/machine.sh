#!/bin/bash
# One throw-away server: PID 1 of its own mount, pid, uts and ipc namespaces, with a private root file system and a real
# sshd. fleet.ts starts it by `unshare` and speaks to it over standard input, one command a line:
#
#   file MODE OWNER PATH BASE64   writes a file (parents are made)
#   boot                          starts sshd; answers "ready" or "failed REASON"
#   off                           ends every process, keeps the disk; answers "off"
#
# Standard input is also the life line: when it closes (fleet.ts stopped, or was killed) PID 1 ends, and with it the kernel
# ends every process and every mount of the machine. Nothing is ever written to the real disk.
set -euo pipefail

# The overlay's lower layer is the host's own root, read only: packages cost nothing, writes stay in a private tmpfs.
build_root() {
  local base=/mnt # any directory that exists everywhere; covered in this namespace only
  mount --make-rprivate /
  mount -t tmpfs -o "size=${MACHINE_ROOT_SIZE:-64m},mode=755" machine "$base"
  mkdir "$base/upper" "$base/work" "$base/root"
  root=$base/root
  mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"
}

mount_private_folders() {
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o size=1m,mode=755 dev "$root/dev"
  cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$root/dev/"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
  mount -t tmpfs -o size=16m,mode=755 run "$root/run"
  mount -t tmpfs -o size=16m,mode=1777 tmp "$root/tmp"
  # What other tests leave in the host's own would pass for something of ours.
  mount -t tmpfs -o size=16m,mode=1777 var-tmp "$root/var/tmp"
  mount -t tmpfs -o "size=${MACHINE_ROOT_HOME_SIZE:-16m},mode=700" root-home "$root/root"
  mount -t tmpfs -o "size=${MACHINE_HOME_SIZE:-16m},mode=755" home "$root/home"
  mkdir -p "$root/run/sshd" "$root/run/lock"
}

# Only the host's system accounts are kept, all of them locked.
make_accounts() {
  local etc=$root/etc name
  awk -F: '$3 < 1000 || $3 == 65534' /etc/passwd | sed 's|^root:.*|root:x:0:0:root:/root:/bin/bash|' > "$etc/passwd.new"
  printf '%s\n' ops:x:1000:1000::/home/ops:/bin/bash plain:x:1001:1001::/home/plain:/bin/bash >> "$etc/passwd.new"
  awk -F: -v root="$MACHINE_HASH_root" -v ops="$MACHINE_HASH_ops" -v plain="$MACHINE_HASH_plain" '
    { hash = $1 == "root" ? root : $1 == "ops" ? ops : $1 == "plain" ? plain : "*"; print $1 ":" hash ":19700:0:99999:7:::" }
  ' "$etc/passwd.new" > "$etc/shadow.new"
  awk -F: '$3 < 1000 || $3 == 65534 { $4 = $1 == "sudo" ? "ops" : ""; print $1 ":x:" $3 ":" $4 }' /etc/group > "$etc/group.new"
  printf '%s\n' ops:x:1000: plain:x:1001: >> "$etc/group.new"
  mv "$etc/passwd.new" "$etc/passwd"
  mv "$etc/group.new" "$etc/group"
  chown root:42 "$etc/shadow.new"
  chmod 640 "$etc/shadow.new"
  mv "$etc/shadow.new" "$etc/shadow"
  rm -f "$etc/passwd-" "$etc/shadow-" "$etc/group-" "$etc/gshadow" "$etc/gshadow-" "$etc/nologin" "$etc/securetty"
  cp -a /etc/skel/. "$root/root/"
  chmod 700 "$root/root"
  for name in ops plain; do
    mkdir -m 755 "$root/home/$name"
    cp -a /etc/skel/. "$root/home/$name/"
  done
  chown -R 1000:1000 "$root/home/ops"
  chown -R 1001:1001 "$root/home/plain"

  rm -rf "$etc/sudoers.d"
  mkdir -m 750 "$etc/sudoers.d"
  printf '%s\n' 'Defaults env_reset' \
    'Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"' \
    'root ALL=(ALL:ALL) ALL' '%sudo ALL=(ALL:ALL) ALL' '@includedir /etc/sudoers.d' > "$etc/sudoers.new"
  chmod 440 "$etc/sudoers.new"
  mv "$etc/sudoers.new" "$etc/sudoers"
}

make_identity() {
  echo "$MACHINE_NAME" > "$root/etc/hostname"
  hostname "$MACHINE_NAME"
  printf '127.0.0.1 localhost\n%s %s\n' "$MACHINE_ADDRESS" "$MACHINE_NAME" > "$root/etc/hosts"
}

make_sshd() {
  local ssh=$root/etc/ssh template=/usr/share/openssh/sshd_config type
  [ -f "$template" ] || template=/etc/ssh/sshd_config
  rm -rf "$ssh"
  mkdir -p "$ssh/sshd_config.d"
  # As a rented server comes: Debian's file, root may log in with a password.
  sed 's/^#\?PermitRootLogin .*/PermitRootLogin yes/' "$template" > "$ssh/sshd_config"
  if [ -f /etc/ssh/moduli ]; then cp /etc/ssh/moduli "$ssh/"; fi
  for type in $MACHINE_HOST_KEYS; do
    # 2048 bits: twenty machines must be up in three seconds, and these keys live for one test.
    ssh-keygen -q -t "$type" $([ "$type" = rsa ] && echo '-b 2048') -N '' -C "root@$MACHINE_NAME" -f "$ssh/ssh_host_${type}_key"
  done

  # Address and port stay out of the configuration files, which belong to the tests.
  cat > "$root/usr/local/sbin/start-sshd" << SCRIPT
#!/bin/sh
rm -f /run/sshd.pid
mkdir -p /run/sshd
/usr/sbin/sshd -E /var/log/sshd.log -o ListenAddress=$MACHINE_ADDRESS -o Port=$MACHINE_PORT || exit 1
tries=0
until [ -s /run/sshd.pid ]; do
  tries=\$((tries + 1)); [ \$tries -gt 500 ] && exit 1
  sleep 0.01
done
SCRIPT
  chmod 755 "$root/usr/local/sbin/start-sshd"
}

# No systemd runs here; this does what ssh.service would: check the configuration, then SIGHUP to the main process.
make_reload_tool() {
  rm -f "$root/usr/bin/systemctl" "$root/usr/local/bin/systemctl" "$root/usr/local/sbin/systemctl"
  case "$MACHINE_RELOAD_TOOL" in
    none) rm -f "$root/usr/sbin/service" "$root/etc/init.d/ssh" ;;
    systemctl)
      cat > "$root/usr/bin/systemctl" << 'SCRIPT'
#!/bin/sh
while [ "${1#-}" != "$1" ]; do shift; done
verb=$1
unit=${2%.service}
case $unit in
  ssh | sshd) ;;
  *) echo "Failed to $verb ${2:-nothing}: Unit ${2:-nothing} not found." >&2; exit 5 ;;
esac
main=$(cat /run/sshd.pid 2>/dev/null)
alive() { [ -n "$main" ] && kill -0 "$main" 2>/dev/null; }
root_only() { [ "$(id -u)" = 0 ] || { echo "Failed to $verb $unit.service: Access denied" >&2; exit 4; }; }
case $verb in
  is-active) if [ -d "/proc/${main:-none}" ]; then echo active; else echo inactive; exit 3; fi ;;
  is-enabled) echo enabled ;;
  reload | try-reload-or-restart | reload-or-restart)
    root_only
    alive || { echo "$unit.service is not active, cannot reload." >&2; exit 1; }
    /usr/sbin/sshd -t || { echo "Job for $unit.service failed." >&2; exit 1; }
    kill -HUP "$main" ;;
  restart)
    root_only
    /usr/sbin/sshd -t || { echo "Job for $unit.service failed." >&2; exit 1; }
    if alive; then kill "$main"; while alive; do sleep 0.01; done; fi
    exec /usr/local/sbin/start-sshd ;;
  stop) root_only; if alive; then kill "$main"; fi ;;
  start) root_only; alive || exec /usr/local/sbin/start-sshd ;;
  *) echo "Unknown command verb $verb." >&2; exit 1 ;;
esac
SCRIPT
      chmod 755 "$root/usr/bin/systemctl"
      ;;
  esac
}

enter_root() {
  cd "$root"
  mkdir .host
  pivot_root . .host
  umount -l /.host
  rmdir /.host
  cd /
}

# `kill … -1` as PID 1 means everything on this machine but PID 1.
end_everything() {
  kill -KILL -1 2> /dev/null || true
  while kill -0 -1 2> /dev/null; do sleep 0.01; done
  rm -f /run/sshd.pid
}

serve() {
  local command mode owner path data
  while read -r command mode owner path data; do
    case "$command" in
      file)
        mkdir -p "${path%/*}"
        base64 -d <<< "${data:-}" > "$path"
        chmod "$mode" "$path"
        chown "$owner" "$path"
        ;;
      boot)
        if env -i PATH="$PATH" /usr/local/sbin/start-sshd < /dev/null > /run/boot.log 2>&1; then
          echo ready
        else
          echo "failed $(tail -qn 5 /run/boot.log /var/log/sshd.log 2> /dev/null | tr '\n' ' ')"
          rm -f /var/log/sshd.log
        fi
        ;;
      off)
        end_everything
        echo off
        ;;
    esac
  done
}

main() {
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
  umask 022
  # Still the host's /proc: this is how the outside knows PID 1.
  local host_pid
  read -r host_pid _ < /proc/self/stat
  build_root
  if [ "${1:-}" = probe ]; then
    echo probed
    exit 0
  fi
  echo "pid $host_pid"
  mount_private_folders
  make_accounts
  make_identity
  make_sshd
  make_reload_tool
  local key
  for key in "$root"/etc/ssh/ssh_host_*_key.pub; do echo "hostkey $(< "$key")"; done
  enter_root
  echo built
  serve
}

main "$@"
