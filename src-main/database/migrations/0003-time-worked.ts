/**
 * How long a task was worked on: between two attempts nobody works. Of earlier attempts nothing is known any more; the steps
 * tell of the last one.
 */
export const timeWorked = `
ALTER TABLE tasks ADD COLUMN workedMs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN runningSince INTEGER;
UPDATE tasks SET workedMs = (
  SELECT coalesce(sum(max(0, endedAt - startedAt)), 0) FROM taskSteps WHERE taskId = tasks.id AND endedAt IS NOT NULL AND startedAt IS NOT NULL
);
`;
