/**
 * Shell functions the scripts share. POSIX sh as dash, bash and BusyBox speak it; external programs are those of coreutils
 * that BusyBox has too. A script answers by `put`, ends in failure by `fail`.
 */

/** Framing, encoding, digests. `nonce` is set before it. */
export const PRELUDE = `
PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin:$PATH
LC_ALL=C
export PATH LC_ALL
unset IFS CDPATH
umask 077
set -f
has() { command -v "$1" >/dev/null 2>&1; }
if has base64; then b64() { base64; }; unb64() { base64 -d; }
else b64() { openssl base64; }; unb64() { openssl base64 -d -A; }; fi
# Results come in variables, not by $(function): every process saved here is saved on every server.
# digest: hex SHA-256 of a file.
if has sha256sum; then sum() { set -- $(sha256sum < "$1"); digest=\${1-}; }
elif has shasum; then sum() { set -- $(shasum -a 256 < "$1"); digest=\${1-}; }
else sum() { set -- $(openssl dgst -sha256 -r < "$1"); digest=\${1-}; }; fi
begin() { printf '\\nkeystead %s begin\\n' "$nonce"; }
end() { printf 'keystead %s end\\n' "$nonce"; exit 0; }
# One line of printable ASCII goes as it is, anything else as base64 up to a line with a dot.
put() {
  case $2 in
    *[!' '-~]*) printf '%s<\\n' "$1"; printf '%s' "$2" | b64; printf '\\n.\\n' ;;
    *) printf '%s:%s\\n' "$1" "$2" ;;
  esac
}
putfile() { printf '%s<\\n' "$1"; b64 < "$2"; printf '\\n.\\n'; }
cleanup() { :; }
fail() { cleanup; put error "$1"; [ -z "\${2-}" ] || put text "$2"; end; }
# facts: the words of ls -ldn joined, mode,links,uid,gid,size; empty when there is nothing. owner, group: of the same.
facts() {
  facts=
  set -- $(ls -ldn -- "$1" 2>/dev/null)
  owner=\${3-}
  group=\${4-}
  [ $# -lt 5 ] || facts=$1,$2,$3,$4,$5
}
# free: kibibytes on the file system of a path, from the line under the head of df -P; empty when df is silent.
free_kib() {
  set -- $(df -Pk -- "$1" 2>/dev/null)
  free=\${11-}
  case $free in *[!0-9]*) free= ;; esac
}
nap() { sleep 0.02 2>/dev/null || sleep 1; }
`;

/**
 * Replacing a file so that at every moment either the old or the new one is there whole (B7): all of it happens in the
 * current folder, entered once, so that no path can be swapped under us (B10). `subject` is empty for a keys file, or `sshd-`.
 */
export const FILES = `
tmp=
# Asks whoever sent us whether to go on. Without an answer we were given up, and nobody knows of us: sshd does not end a
# command of root's, nor any when its connection drops. What is undone meanwhile must not be done behind that.
agree() {
  printf 'keystead %s ready\\n' "$nonce"
  IFS= read -r word || word=
  [ "$word" = go ] || fail given-up
}
# The last look before a change, for a script that has a way back which may have been taken.
still() { :; }
cleanup() { [ -z "$tmp" ] || rm -f -- "$tmp"; tmp=; }
trap 'cleanup; exit 1' HUP INT TERM PIPE
# errno comes as strerror text in the C locale; there is no other way to learn it from sh (B26).
because() {
  case $1 in
    *'No space left'* | *'uota exceeded'*) fail disk-full "$1" ;;
    *'Read-only file system'*) fail read-only "$1" ;;
    *'Operation not permitted'*)
      case "$(attributes . "$2")" in *[ia]*) fail immutable "$1" ;; *) fail not-permitted "$1" ;; esac ;;
    *'Permission denied'*) fail not-permitted "$1" ;;
    *) fail write-failed "$1" ;;
  esac
}
# Letters of lsattr for the names given that exist: i is immutable, a append-only. Other letters are dropped.
attributes() { has lsattr && for a; do lsattr -d -- "$a" 2>/dev/null; done | sed 's/ .*//' | tr -dc 'ia'; }
# Sets now to the digest of a name in this folder, or to "absent". Never follows a link.
look() {
  if [ -L "$1" ]; then fail "\${subject-}symlink"; fi
  if [ -f "$1" ]; then sum "$1"; now=$digest; elif [ -e "$1" ]; then fail "\${subject-}not-regular"; else now=absent; fi
}
enter() {
  cd -P -- "$1" 2>/dev/null || fail "\${subject-}no-directory" "$1"
  [ "$(pwd -P)" = "$2" ] || fail "\${subject-}symlink" "$1"
}
# Makes the temporary file from the next line of standard input (base64) and proves it by digest: a full disk shows here,
# not after. Its name is known beforehand: whoever takes it away has made sure that it is renamed no more.
stage() {
  free_kib .
  case $free in '') ;; *) [ "$free" -gt $(($2 / 1024 + 8)) ] || fail disk-full ;; esac
  # Never over something that is there: with -C the shell opens by O_EXCL.
  out=$( (set -C; : > "./$temporary") 2>&1 ) || because "$out" .
  tmp=./$temporary
  # Whatever head reads ahead, more is not there before agree.
  out=$(head -n 1 | unb64 2>&1 > "$tmp") || because "$out" "$tmp"
  sum "$tmp"
  [ "$digest" = "$1" ] || fail write-failed "$out"
}
# Gives the temporary file the mode, owner, ACL and context of the old one (B8, B13).
dress() {
  if [ -f "$1" ]; then cp --attributes-only --preserve=all -- "$1" "$tmp" 2>/dev/null; touch "$tmp"; fi
  facts "$tmp"
  case $owner:$group in
    "$3:$4") ;;
    "$3":*) chgrp "$4" "$tmp" 2>/dev/null ;;
    *) chown "$3:$4" "$tmp" 2>/dev/null || fail not-owner ;;
  esac
  chmod "$2" "$tmp" || fail write-failed
  if [ -f "$1" ] && ! has restorecon && has chcon; then chcon --reference="$1" "$tmp" 2>/dev/null; fi
}
# Renames over the old file if that is still the one that was read (B17).
commit() {
  sync -- "$tmp" 2>/dev/null || sync
  agree
  look "$1"
  [ "$now" = "$2" ] || fail changed
  still
  out=$(mv -f -- "$tmp" "$1" 2>&1) || because "$out" "$1"
  tmp=
  sync -- . 2>/dev/null || sync
  if has restorecon; then restorecon -- "$1" 2>/dev/null; fi
}
# Takes the file away under the same condition.
discard() {
  agree
  look "$1"
  [ "$now" = "$2" ] || fail changed
  still
  out=$(rm -f -- "$1" 2>&1) || because "$out" "$1"
  sync -- . 2>/dev/null || sync
}
`;

/** Finding sshd, asking it, reloading it. `main` is the configuration file. */
export const SSHD = `
# The daemon that serves this very session: the topmost sshd above us.
listener=
session=
walk=$$
while [ "\${walk:-0}" -gt 0 ] 2>/dev/null && [ -r "/proc/$walk/status" ]; do
  while read -r key value; do case $key in Name:) name=$value ;; PPid:) parent=$value; break ;; esac; done < "/proc/$walk/status"
  case $name in sshd) listener=$walk ;; sshd-session) session=$walk ;; esac
  walk=$parent
done
# sshd tells in its title that it serves one connection, as in "sshd: root [priv]" or "sshd: root@notty"; one that listens says
# so there, or shows the words it was started with.
serves_one() {
  case $(tr '\\0' ' ' < "/proc/$1/cmdline" 2>/dev/null) in *'[listener]'*) return 1 ;; 'sshd: '*) return 0 ;; esac
  return 1
}
# At the top it was started by inetd (sshd -i), or its daemon has gone: no signal to it makes anything be read again.
single=no
if [ -n "$listener" ]; then
  if serves_one "$listener"; then single=yes; fi
elif [ -n "$session" ]; then single=yes; fi
sshd=
for candidate in "$(readlink "/proc/\${listener:-none}/exe" 2>/dev/null)" /usr/sbin/sshd /usr/local/sbin/sshd /usr/lib/ssh/sshd /sbin/sshd; do
  case $candidate in */sshd) if [ -x "$candidate" ]; then sshd=$candidate; break; fi ;; esac
done
# "Missing privilege separation directory: /run/sshd" is the environment's fault, not the configuration's: the folder is
# made by a service that socket activation never starts (B38).
ask_sshd() {
  answer=$("$sshd" "$@" 2>&1) && return 0
  case $answer in
    *'Missing privilege separation directory: '*)
      missing=\${answer##*'Missing privilege separation directory: '}
      missing=$(printf '%s' "$missing" | tr -d '\\r' | head -n 1)
      mkdir -p -m 755 -- "$missing" 2>/dev/null && answer=$("$sshd" "$@" 2>&1) && return 0 ;;
  esac
  return 1
}
# How this server makes sshd read its files again (B39).
find_reload() {
  reload=
  if [ -d /run/systemd/system ] && has systemctl; then
    for unit in ssh.service sshd.service; do
      if systemctl is-active --quiet "$unit" 2>/dev/null; then reload="systemctl reload $unit"; return; fi
    done
    for unit in ssh.socket sshd.socket; do
      if systemctl is-active --quiet "$unit" 2>/dev/null; then reload=each-connection; return; fi
    done
  fi
  if [ $single = yes ]; then
    # A daemon that came after our connection, or listens besides inetd, is known by its pid file.
    running=$(cat /run/sshd.pid 2>/dev/null)
    if [ "$(cat "/proc/\${running:-none}/comm" 2>/dev/null)" = sshd ] && ! serves_one "$running"; then
      reload="kill -HUP $running"
    else reload=each-connection; fi
    return
  fi
  if [ -n "$listener" ]; then reload="kill -HUP $listener"; return; fi
  if [ -s /run/sshd.pid ]; then reload="kill -HUP $(cat /run/sshd.pid)"; return; fi
  if has rc-service; then reload='rc-service sshd reload'; return; fi
  if has service; then reload='service ssh reload'; fi
}
`;
