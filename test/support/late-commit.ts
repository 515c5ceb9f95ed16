import { CommitQueue } from "#main/dispatch/commit-queue.ts";

export interface LateCommit {
  /** Resolves when a commit of the operation has come and waits. */
  readonly held: Promise<void>;
  /** Lets it go on its way, and all that come after it. */
  release(): void;
}

/** Holds back the first commit of one operation, as a disk does that is busy with others'. The queue itself is the real one. */
export function holdCommit(operation: string): LateCommit {
  const submit = CommitQueue.prototype.submit;
  const [held, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  CommitQueue.prototype.submit = async function (commit) {
    if (commit.trace.operation === operation) {
      held.resolve();
      await free.promise;
    }
    return submit.call(this, commit);
  };
  return {
    held: held.promise,
    release: () => {
      CommitQueue.prototype.submit = submit;
      free.resolve();
    },
  };
}
