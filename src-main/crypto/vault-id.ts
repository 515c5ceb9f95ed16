const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The 16 bytes of a vault id, a lowercase UUID. Throws a TypeError on anything else: the id comes from our own header. */
export function vaultIdBytes(vaultId: string): Buffer {
  if (!UUID.test(vaultId)) throw new TypeError("A vault id is a lowercase UUID");
  return Buffer.from(vaultId.replaceAll("-", ""), "hex");
}
