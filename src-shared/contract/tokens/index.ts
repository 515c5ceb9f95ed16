import { tokenAdministrators } from "./administrators.ts";
import { tokensAtHand } from "./at-hand.ts";
import { tokenBackups } from "./backups.ts";
import { tokenInitialising } from "./initialising.ts";
import { tokenLibraries } from "./libraries.ts";
import { tokenObjects } from "./objects.ts";
import { tokenShares } from "./shares.ts";

export const tokens = {
  ...tokenLibraries,
  ...tokensAtHand,
  ...tokenInitialising,
  ...tokenObjects,
  ...tokenBackups,
  ...tokenShares,
  ...tokenAdministrators,
} as const;
