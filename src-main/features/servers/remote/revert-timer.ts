import { sha256 } from "#main/crypto/hash.ts";
import { randomBytes } from "#main/crypto/random.ts";
import { makeProgram, type RemoteProgram, type RunAs } from "./remote-program.ts";
import { ARM } from "./revert-script.ts";

/** What disarms a timed revert; kept with the task, so that a restarted Keystead can still disarm or fire it. */
export type RevertToken = string;

export function newRevertToken(): RevertToken {
  return randomBytes(24).toString("hex");
}

/** Names the arming where everybody can read it (unit names, process lists): tells nothing about the token. */
export function revertId(token: RevertToken): string {
  return sha256(`keystead revert ${token}`).toString("hex").slice(0, 16);
}

export type RevertState =
  /** Nothing waits: disarmed, or never armed, or the server has restarted. */
  | { readonly kind: "none" }
  | { readonly kind: "armed"; readonly ours: boolean; readonly secondsLeft: number }
  /** It has fired: the former configuration is back. */
  | { readonly kind: "restored"; readonly ours: boolean }
  | { readonly kind: "failed"; readonly ours: boolean; readonly serverText: string };

const LOOK = `${ARM}
[ "$(id -u)" = 0 ] || fail not-root
report() {
  if [ "$(cat $box/id 2>/dev/null)" = "$id" ]; then put ours yes; fi
  if [ -f $box/armed ]; then put state armed; put left "$(($(cat $box/deadline) - $(date +%s)))"
  elif [ -f $box/outcome ]; then put state fired; put outcome "$(cat $box/outcome)"
  elif [ -f $box/firing ]; then put state fired; put outcome 'failed: it stopped half way'
  else put state none; fi
}
`;

/** A timer that is just firing is waited for: "armed" must never be said of one that then restores. */
const SETTLE = `
tries=0
while [ -f $box/firing ] && [ ! -f $box/outcome ] && [ $tries -lt 250 ]; do nap; tries=$((tries + 1)); done
report
`;

/** Takes the timer away; only with its token, and only while it has not fired. */
const DISARM = `${LOOK}
if [ -f $box/armed ]; then
  [ "$(cat $box/armed)" = "$token" ] || fail wrong-token
  # The same rename by which the timer claims the right to fire: one of the two gets it.
  if mv $box/armed $box/disarmed 2>/dev/null; then
    left=$(($(cat $box/deadline) - $(date +%s)))
    disarm
    put ours yes
    put state armed
    put left "$left"
    end
  fi
# A disarming that was cut off behind its rename.
elif [ -f $box/disarmed ] && [ "$(cat $box/id 2>/dev/null)" = "$id" ]; then disarm; fi
${SETTLE}`;

/** Restores now, as the timer would; waits for one that is just firing. */
const REVERT = `${LOOK}
if [ -f $box/armed ]; then
  [ "$(cat $box/armed)" = "$token" ] || fail wrong-token
  sh $box/run 0 "$id"
fi
${SETTLE}
# What has been told is not kept: a second question finds the files as they were, and nothing of ours on the server.
if [ "$(cat $box/id 2>/dev/null)" = "$id" ] && [ "$(cat $box/outcome 2>/dev/null)" = restored ]; then disarm; fi
`;

function program(name: string, script: string, token: RevertToken, runAs: RunAs): RemoteProgram<RevertState> {
  return makeProgram({
    name,
    script,
    values: { token, id: revertId(token) },
    runAs,
    read: (answer) => {
      const state = answer.text("state");
      const ours = answer.flag("ours");
      if (state === "armed") return { kind: "armed", ours, secondsLeft: Number(answer.text("left")) };
      if (state !== "fired") return { kind: "none" };
      const outcome = answer.text("outcome").trim();
      return outcome === "restored" ? { kind: "restored", ours } : { kind: "failed", ours, serverText: outcome };
    },
  });
}

/** Changes nothing. */
export function revertStatus(token: RevertToken, runAs: RunAs): RemoteProgram<RevertState> {
  return program("revert status", `${LOOK}report`, token, runAs);
}

/** `armed` in the answer means: it was, and is not any more. `restored`: too late, it has fired. */
export function disarmRevert(token: RevertToken, runAs: RunAs): RemoteProgram<RevertState> {
  return program("disarm revert", DISARM, token, runAs);
}

/** Answers `restored` or `failed`; `none` when nothing is there to restore. */
export function revertNow(token: RevertToken, runAs: RunAs): RemoteProgram<RevertState> {
  return program("revert now", REVERT, token, runAs);
}
