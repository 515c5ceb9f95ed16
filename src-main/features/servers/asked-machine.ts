import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Server } from "#shared/models/server.ts";

// Asking a machine takes seconds, in which its entry may change. What it said is about the address it was asked at and is
// judged by the keys pinned then: both are compared with the entry again inside the transaction that keeps what was said.

/** The entry still names the machine that was asked. Error: `servers/changed-meanwhile`. */
export function assertSameMachine(asked: Server, now: Server): void {
  if (now.host === asked.host && now.port === asked.port && now.profile === asked.profile) return;
  throw changedMeanwhile(
    `“${now.name}” stands for ${now.host} port ${now.port} (${now.profile}) now; ${asked.host} port ${asked.port} (${asked.profile}) was asked. Nothing was kept. Ask again.`,
    asked,
  );
}

/** Nobody has pinned or replaced a host key since. Error: `servers/changed-meanwhile`. */
export function assertSamePins(asked: Server, now: Server): void {
  const blobs = ({ hostKeys }: Server) => hostKeys.map((key) => key.blob).sort();
  const [then, today] = [blobs(asked), blobs(now)];
  if (then.length === today.length && then.every((blob, index) => blob === today[index])) return;
  throw changedMeanwhile(
    `The pinned host keys of “${now.name}” were changed while it was asked. Nothing was kept. Look at them and ask again.`,
    asked,
  );
}

function changedMeanwhile(message: string, { id }: Server): KeysteadError {
  return new KeysteadError("servers/changed-meanwhile", message, { id });
}
