/*
 * Beside the models, for these need the schema library, which the window's page does not take in.
 */

/** The step has changed the server, or was cut off when it was about to, and has not been undone. */
export function standsOnServer(step: { readonly state: string; readonly undo?: string | null | undefined }): boolean {
  const untouched = step.state === "undone" || step.state === "waiting" || step.state === "skipped";
  return typeof step.undo === "string" && !untouched;
}
