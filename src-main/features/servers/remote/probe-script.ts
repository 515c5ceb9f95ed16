import { MATCH_FACTS } from "./match-facts.ts";
import { SSHD } from "./shell-library.ts";

/** Looks, changes nothing. Variables: `user`, whose login is to be bound; `main`, empty for sshd's own; `host`. */
export const PROBE_SCRIPT = `
config=$main
${SSHD}
put uid "$(id -u)"
put login "$(id -un)"
put system "$(uname -sr)"
put clock "$(date +%s)"
conn=\${SSH_CONNECTION:-\${1-}}
put connection "$conn"
set -- $conn
address=\${1-}
address=\${address%%%*}

# The account, by the name service where there is one.
line=$(getent passwd "$user" 2>/dev/null || awk -F: -v u="$user" '$1 == u' /etc/passwd)
put account "$line"
# By number, since a name may hold blanks ("domain users") and id -Gn then shows two.
for gid in $(id -G -- "$user" 2>/dev/null); do
  group=$(getent group "$gid" 2>/dev/null || awk -F: -v g="$gid" '$3 == g { print; exit }' /etc/group)
  [ -z "$group" ] || put group "\${group%%:*}"
done
if [ -d /etc/dropbear ]; then put dropbear yes; fi
if has sudo; then put sudo yes; fi
if [ -r /etc/shadow ]; then
  # Never the hash itself: only whether it is locked, empty or set, and the dates (B24, B25).
  put shadow "$(awk -F: -v u="$user" '$1 == u {
    state = $2 == "" ? "empty" : $2 ~ /^!/ ? "locked" : $2 ~ /^\\*/ ? "none" : "set"
    print state "," $3 "," $5 "," $8 }' /etc/shadow)"
fi
IFS=:
set -- $line
unset IFS
# Without the right to enter it, empty: the name is all there is then.
put real-home "$(cd -P -- "\${6:-/}" 2>/dev/null && pwd -P)"
free_kib "\${6:-/}"
[ -z "$free" ] || put free-kib "$free"

[ -n "$sshd" ] || end
put sshd "$sshd"
# Old ones know no -V but tell their version when refusing it.
version=$("$sshd" -V 2>&1)
version=\${version#*OpenSSH_}
put sshd-version "OpenSSH_\${version%%[ ,]*}"
if [ -n "$listener" ]; then
  put listener "$listener"
  words=$(tr '\\0' ' ' < "/proc/$listener/cmdline" 2>/dev/null)
  put listener-words "$words"
  set -- $words
  while [ $# -gt 0 ]; do
    case $1 in -f) [ -n "$config" ] || config=\${2-} ;; -f?*) [ -n "$config" ] || config=\${1#-f} ;; esac
    shift
  done
fi
main=\${config:-/etc/ssh/sshd_config}
put main "$main"
if [ -r "$main" ]; then putfile main-file "$main"; fi
if [ -L "$main" ]; then put link "$main"; fi
if [ -d /run/sshd ]; then put run-sshd yes; fi
find_reload
put reload "$reload"

# The patterns a file includes, relative ones from the main file's folder. With a blank in a quoted one no shell list holds it.
patterns_of() {
  awk -v home="\${main%/*}" '
    tolower($0) ~ /^[ \\t]*"?include"?[ \\t=]/ {
      sub(/#.*/, ""); if ($0 ~ /"[^ \\t"][^"]*[ \\t][^"]*"/) { print "//blank"; next }
      gsub(/"/, ""); sub(/^[ \\t]*[A-Za-z]+[ \\t=]*/, "")
      for (i = 1; i <= NF; i++) print ($i ~ /^\\// ? $i : home "/" $i)
    }' "$1" 2>/dev/null
}
# Every folder the main file includes from, the default one too (B29, B30). Hidden files are never read.
folders=/etc/ssh/sshd_config.d
for pattern in $(patterns_of "$main"); do
  folder=\${pattern%/*}
  case " $folders / " in *" $folder "*) ;; *) folders="$folders $folder" ;; esac
done
set --
set +f
for folder in $folders; do
  [ -d "$folder" ] || continue
  put folder "$folder"
  for file in "$folder"/*; do
    if [ -f "$file" ]; then put entry "$file"; set -- "$@" "$file"; fi
    if [ -L "$file" ]; then put link "$file"; fi
  done
done
set -f
# With /dev/null grep names the file even when there is but one.
matches=$(grep -i '^[^#]*match' "$main" "$@" /dev/null 2>/dev/null)
put match-lines "$matches"
# Where no word of any file could begin a Match block, sshd has one answer for all accounts and is asked once. A further
# Include in a drop-in, a folder with a wildcard, or a file we may not read could hide one.
uniform=no
case "$(id -u)$matches$folders" in
  0*[[*?]*) ;;
  0/*) [ -n "$matches" ] || grep -qi '^[^#]*include' "$@" /dev/null 2>/dev/null || uniform=yes ;;
esac
put uniform $uniform
${MATCH_FACTS}

# One ordinary account that is not the target: what Match blocks say of the rest of the users (B32).
ordinary=$(awk -F: -v u="$user" '$3 >= 1000 && $3 < 60000 && $1 != u && $7 !~ /(nologin|false)$/ { print $1; exit }' /etc/passwd)
put ordinary "\${ordinary:-nobody}"
set -- $conn
caller="host=\${host:-$address},addr=$address,laddr=\${3:-127.0.0.1},lport=\${4:-22}"
for who in "$user" root "\${ordinary:-nobody}"; do
  case " \${asked-} " in *" $who "*) continue ;; esac
  [ $uniform = no ] || [ -z "\${asked-}" ] || break
  asked="\${asked-} $who"
  # Without root sshd cannot read its host keys: since 9.3 -G answers without them (B14).
  if ! ask_sshd -T -f "$main" -C "user=$who,$caller"; then
    why=$answer
    ask_sshd -G -f "$main" -C "user=$who,$caller" || { put effective-error "$why"; continue; }
  fi
  put effective-user "$who"
  put effective "$answer"
done
`;
