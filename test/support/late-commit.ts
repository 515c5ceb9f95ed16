import { CommitQueue } from "#main/dispatch/commit-queue.ts";

export interface LateCommit extends Disposable {
  /** Resolves when such a commit has come and waits. */
  readonly held: Promise<void>;
  /** Lets it go on its way, and all others. */
  release(): void;
}

/** Holds back the commits of one operation, or of one kind of trace, as a disk does that is busy with others'. The queue itself is the real one. */
export function holdCommit(of: string): LateCommit {
  const submit = CommitQueue.prototype.submit;
  const [held, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  CommitQueue.prototype.submit = async function (commit) {
    if (commit.trace.operation === of || commit.trace.name === of) {
      held.resolve();
      await free.promise;
    }
    return submit.call(this, commit);
  };
  const release = () => {
    CommitQueue.prototype.submit = submit;
    free.resolve();
  };
  return { held: held.promise, release, [Symbol.dispose]: release };
}
