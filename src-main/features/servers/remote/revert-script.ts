/**
 * The server's own way back (B40). Its folder belongs to root alone and holds: `armed`, with the token that
 * disarms; `path`, `dress` and `before`, the pre-image; `staged`, the new file until it is renamed; `reload`; `run`, the
 * script below. One change at a time per server.
 *
 * Firing and disarming both begin by renaming `armed`: exactly one of them gets it.
 */
const REVERT_FOLDER = "/run/keystead-revert";

/** Arguments: seconds to sleep first, the arming's id, and `quiet` when sshd has not reloaded since. */
export const REVERT_RUN = `
PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
cd ${REVERT_FOLDER} || exit 1
# Waiting inside the folder pins it: when it is removed and made anew for another change, this run finds nothing to do.
[ "$1" = 0 ] || sleep "$1"
[ "$(cat id 2>/dev/null)" = "$2" ] || exit 0
mv armed firing 2>/dev/null || exit 0
# The change may not be made yet, by a script that nobody waits for any more: without its new file it cannot make it.
[ ! -f staged ] || rm -f "$(cat staged)"
path=$(cat path)
read -r mode uid gid < dress
failed() { echo "failed: $1" > outcome.new; mv outcome.new outcome; exit 1; }
if [ -f before ]; then
  tmp=$(mktemp "\${path%/*}/.keystead-XXXXXXXXXX") || failed 'no temporary file'
  cat before > "$tmp" && chown "$uid:$gid" "$tmp" && chmod "$mode" "$tmp" || { rm -f "$tmp"; failed 'cannot write'; }
  sync "$tmp" 2>/dev/null || sync
  mv -f "$tmp" "$path" || { rm -f "$tmp"; failed 'cannot rename'; }
  ! command -v restorecon >/dev/null 2>&1 || restorecon "$path" 2>/dev/null
else
  rm -f "$path" || failed 'cannot remove'
fi
sync "\${path%/*}" 2>/dev/null || sync
if [ "\${3-}" != quiet ]; then
  # A reload with an invalid configuration would end sshd: better an old one that runs.
  mkdir -p -m 755 /run/sshd
  said=$("$(cat sshd)" -t -f "$(cat main)" 2>&1) || failed "sshd -t: $said"
  reload=$(cat reload)
  case $reload in
    each-connection) ;;
    'kill -HUP '*)
      # The daemon may have been started anew meanwhile; never signal a stranger who got its number.
      pid=\${reload#kill -HUP }
      [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = sshd ] || pid=$(cat /run/sshd.pid)
      touch mark
      kill -HUP "$pid" || failed "$reload"
      # "restored" is said when sshd listens again, not before.
      tries=0
      while ! [ /run/sshd.pid -nt mark ] && [ $tries -lt 20 ]; do sleep 0.05 || sleep 1; tries=$((tries + 1)); done ;;
    *) $reload || failed "$reload" ;;
  esac
fi
echo restored > outcome.new
mv outcome.new outcome
`;

/** Shell functions for the program that changes sshd's files; needs the variables `token`, `id`, `seconds`, `run`. */
export const ARM = `
box=${REVERT_FOLDER}
mine() { [ "$(cat $box/id 2>/dev/null)" = "$id" ]; }
arm() {
  if [ -e $box ] || [ -L $box ]; then
    facts $box
    [ ! -L $box ] && [ "$owner" = 0 ] || fail timer-failed
    if [ -f $box/armed ]; then
      # The deadline and a minute: a timer that has not fired by then is dead, and nobody waits for it.
      deadline=$(cat $box/deadline 2>/dev/null)
      [ "$(cat $box/armed)" = "$token" ] || [ "$(date +%s)" -gt $((\${deadline:-0} + 60)) ] || fail already-armed
    fi
    old=$(cat $box/id 2>/dev/null)
    stop_timer "$old"
    rm -rf -- $box
  fi
  mkdir -m 700 $box || fail timer-failed
  armed=yes
  ( cd $box && printf '%s\\n' "$id" > id && printf '%s' "$path" > path && printf '%s' "$main" > main &&
    printf '%s' "$sshd" > sshd && printf '%s' "$reload" > reload && printf '%s' "$run" > run &&
    echo "$(($(date +%s) + seconds))" > deadline && printf '%s\\n' "$mode $uid $gid" > dress &&
    if [ -n "$tmp" ]; then printf '%s' "\${path%/*}/$temporary" > staged; fi &&
    if [ -f "$path" ]; then cat -- "$path" > before; fi && printf '%s\\n' "$token" > armed
  ) || fail timer-failed
  if [ -f $box/before ]; then
    sum $box/before
    [ "$digest" = "$expected" ] || fail changed
  fi
  [ "$seconds" != 0 ] || return 0
  if [ -d /run/systemd/system ] && has systemd-run; then
    systemd-run --quiet --collect --unit="keystead-revert-$id" --on-active="\${seconds}s" \\
      --timer-property=AccuracySec=1s sh $box/run 0 "$id" >/dev/null 2>&1 || fail timer-failed
  elif has setsid; then
    setsid sh $box/run "$seconds" "$id" </dev/null >/dev/null 2>&1 &
    echo $! > $box/timer
  else
    nohup sh $box/run "$seconds" "$id" </dev/null >/dev/null 2>&1 &
  fi
}
# A sleeper left alone would find its folder gone and end; stopped, it leaves nothing behind. Its id proves that it is ours.
stop_timer() {
  if [ -d /run/systemd/system ] && has systemctl; then systemctl stop "keystead-revert-$1.timer" >/dev/null 2>&1; fi
  if { read -r timer < $box/timer; } 2>/dev/null && grep -q -- "$1" "/proc/$timer/cmdline" 2>/dev/null; then
    kill -- "-$timer" 2>/dev/null
  fi
}
disarm() {
  stop_timer "$id"
  # Not another's, which may have taken the place of ours while nobody waited for us. Without an id it is half made.
  if mine || [ ! -s $box/id ]; then rm -rf -- $box; fi
}
# Disarms before the change is made; a box that is just firing is left to whoever fires it.
withdraw() {
  if mine && ! mv $box/armed $box/disarmed 2>/dev/null && [ -e $box/firing ]; then return 0; fi
  disarm
}
`;
