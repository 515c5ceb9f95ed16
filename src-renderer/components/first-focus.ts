/**
 * Puts the focus of a dialog that has just opened on its first field. Left to antd it would stand on “Close”, and the first
 * Enter or Space would throw the dialog away. A field or button that asked for the focus itself keeps it.
 */
export function takeFirstFocus(body: HTMLElement): void {
  const dialog = body.closest("[role=dialog]");
  const focused = document.activeElement;
  const asked = dialog?.contains(focused) && focused !== dialog && !focused?.matches(".ant-modal-close");
  if (!asked) firstField(body)?.focus();
}

/** What is filled in, not the switch between two ways of doing it. Of a group of radios the one that is chosen. */
function firstField(body: HTMLElement): HTMLElement | undefined {
  const fields = body.querySelectorAll<HTMLElement>("input:not([type=file]), textarea");
  const first = [...fields].find(
    (field) => !field.matches(":disabled") && field.closest(".ant-segmented") === null && field.checkVisibility(),
  );
  const group = first?.closest("[role=radiogroup]");
  return group?.querySelector<HTMLElement>("input:checked:not(:disabled)") ?? first;
}
