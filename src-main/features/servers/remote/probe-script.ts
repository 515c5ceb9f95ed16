import { SSHD } from "./shell-library.ts";

/** Looks, changes nothing. Variables: `user`, whose login is to be bound; `main`, empty for sshd's own; `host`. */
export const PROBE_SCRIPT = `
config=$main
${SSHD}
put uid "$(id -u)"
put login "$(id -un)"
put system "$(uname -s)"
put release "$(uname -r)"
put clock "$(date +%s)"
conn=\${SSH_CONNECTION:-\${1-}}
put connection "$conn"
set -- $conn
address=\${1-}
address=\${address%%%*}

# The account, by the name service where there is one.
line=$(getent passwd "$user" 2>/dev/null || awk -F: -v u="$user" '$1 == u' /etc/passwd)
put account "$line"
put groups "$(id -Gn -- "$user" 2>/dev/null)"
if [ -d /etc/dropbear ]; then put dropbear yes; fi
if has sudo; then put sudo yes; fi
if [ -r /etc/shadow ]; then
  # Never the hash itself: only whether it is locked, empty or set, and the dates (B24, B25).
  put shadow "$(awk -F: -v u="$user" '$1 == u {
    state = $2 == "" ? "empty" : $2 ~ /^!/ ? "locked" : $2 ~ /^\\*/ ? "none" : "set"
    print state "," $3 "," $5 "," $8 }' /etc/shadow)"
fi
home=$(printf '%s' "$line" | cut -d : -f 6)
set -- $(df -Pk -- "\${home:-/}" 2>/dev/null | tail -n 1)
case \${4-} in '' | *[!0-9]*) ;; *) put free-kib "$4" ;; esac

[ -n "$sshd" ] || end
put sshd "$sshd"
put sshd-version "$("$sshd" -V 2>&1 | head -n 3)"
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
put main-folder-real "$(cd -P -- "\${main%/*}" 2>/dev/null && pwd -P)"
if [ -d /run/sshd ]; then put run-sshd yes; fi
find_reload
put reload "$reload"

# Every folder an Include reads, the default one too (B29, B30).
folders=$(
  { echo /etc/ssh/sshd_config.d
    sed -n 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]*//p' "$main" 2>/dev/null |
      sed 's/#.*//' | tr -d '"' | tr ' \\t' '\\n\\n' | while read -r pattern; do
        case $pattern in /*/*) ;; */*) pattern=\${main%/*}/$pattern ;; ?*) pattern=\${main%/*}/$pattern ;; *) continue ;; esac
        echo "\${pattern%/*}"
      done
  } | sort -u
)
matches=
for folder in $folders; do
  [ -d "$folder" ] || continue
  put folder "$folder"
  put folder-names "$(ls -A -- "$folder")"
done
set +f
for folder in $folders; do
  for file in "$folder"/*; do
    if [ -f "$file" ]; then matches="$matches$(grep -i '^[[:space:]]*match[[:space:]=]' "$file" 2>/dev/null | sed "s|^|$file: |")
"; fi
  done
done
set -f
put match-lines "$matches$(grep -i '^[[:space:]]*match[[:space:]=]' "$main" 2>/dev/null | sed "s|^|$main: |")"

# One ordinary account that is not the target: what Match blocks say of the rest of the users (B32).
ordinary=$(awk -F: -v u="$user" '$3 >= 1000 && $3 < 60000 && $1 != u && $7 !~ /(nologin|false)$/ { print $1; exit }' /etc/passwd)
put ordinary "\${ordinary:-nobody}"
spec() { echo "user=$1,host=\${host:-$address},addr=$address,laddr=\${laddr:-127.0.0.1},lport=\${lport:-22}"; }
set -- $conn
laddr=\${3-}
lport=\${4-}
for who in "$user" root "\${ordinary:-nobody}"; do
  case " \${asked-} " in *" $who "*) continue ;; esac
  asked="\${asked-} $who"
  # Without root sshd cannot read its host keys: since 9.3 -G answers without them (B14).
  if ! ask_sshd -T -f "$main" -C "$(spec "$who")"; then
    why=$answer
    ask_sshd -G -f "$main" -C "$(spec "$who")" || { put effective-error "$why"; continue; }
  fi
  put effective-user "$who"
  put effective "$answer"
done
`;
