/** Bounds that both sides of a door check. Sizes are characters unless a name says bytes. */
export const LIMITS = {
  /** A whole request, any door, before it is parsed. */
  requestBytes: 1_000_000,
  passwordMin: 12,
  passwordMax: 1024,
  nameMax: 255,
  descriptionMax: 255,
  keyFileBytes: 65_536,
  idMax: 64,
  pageRows: 1000,
  /** Rows one list call may return where a list is not paged (servers, key pairs). */
  listRows: 20_000,
  /** What a user may keep of each list of the console. */
  columnsMax: 30,
  savedFiltersMax: 20,
  filterNameMax: 60,
  filterQueryMax: 1000,
  /** Tags that one search may name. */
  searchTagsMax: 20,
  autoLockMinutesMin: 1,
  autoLockMinutesMax: 24 * 60,
  /** How long a confirmation of the password lets critical operations through. */
  confirmationSeconds: 120,
  /** A message to be signed; of a longer one the digest is given. */
  signedMessageBytes: 4096,
  /** Messages one request may have signed: few enough for its trace to name each. */
  signedTogether: 16,
  /** One wait on a task; the caller asks again after that. */
  waitSeconds: 600,
} as const;
