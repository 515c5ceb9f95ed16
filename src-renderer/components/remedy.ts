import type { Remedy } from "#shared/errors/codes.ts";

/** What the error panel offers as a button; the sentence of advice is `errors.remedy.<remedy>` of the catalogue. */
export type RemedyAction = "retry" | "unlock" | "enter-pin" | "copy-report" | "none";

/** Exhaustive on purpose: a new remedy does not compile until the console knows what to offer for it. */
export function remedyAction(remedy: Remedy): RemedyAction {
  switch (remedy) {
    case "retry":
    case "check-server":
    case "check-disk":
    case "reinsert":
      return "retry";
    case "enter-pin":
      return "enter-pin";
    case "unlock":
      return "unlock";
    case "report":
      return "copy-report";
    case "correct-input":
    case "confirm":
    case "restore-backup":
    case "update-keystead":
    case "ask-administrator":
      return "none";
    default:
      return remedy satisfies never;
  }
}

/** Whether it is the officer's to mend (shown as a warning) or something broke (shown as an error). */
export function remedySeverity(remedy: Remedy): "warning" | "error" {
  switch (remedy) {
    case "correct-input":
    case "retry":
    case "unlock":
    case "confirm":
    case "ask-administrator":
    case "reinsert":
    case "enter-pin":
      return "warning";
    case "check-server":
    case "check-disk":
    case "restore-backup":
    case "update-keystead":
    case "report":
      return "error";
    default:
      return remedy satisfies never;
  }
}
