const NAME_BYTES = 200;

/** A name people gave, as a file name: letters and digits of any script, and nothing a shell or a folder takes specially. */
export function fileNameOf(name: string, ending: string): string {
  const plain = name.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^[._-]+/, "");
  let short = "";
  // Whole characters, counted in bytes: file systems take 255 bytes, and half a character is none.
  for (const character of plain) {
    if (Buffer.byteLength(short + character) > NAME_BYTES) break;
    short += character;
  }
  return `${short === "" ? "key" : short}${ending}`;
}
