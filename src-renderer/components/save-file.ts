/** Hands a text that is no secret to the browser as a file. */
export function saveText(fileName: string, text: string): void {
  save(fileName, new Blob([text], { type: "text/plain;charset=utf-8" }));
}

/** The same of bytes. */
export function saveFile(fileName: string, bytes: Uint8Array<ArrayBuffer>): void {
  save(fileName, new Blob([bytes], { type: "application/octet-stream" }));
}

/** The address is revoked once the download has begun. */
function save(fileName: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
