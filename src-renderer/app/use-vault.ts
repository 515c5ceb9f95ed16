import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { VaultStatus } from "#shared/models/vault.ts";
import { putAnswer } from "./overtaken-answers.ts";
import { operationKey, useOperation } from "./use-operation.ts";

const NOTHING = {};
export const STATUS_KEY = operationKey("vault", "status", NOTHING);

export function useVaultStatus() {
  return useOperation("vault", "status", NOTHING);
}

/** Puts a status that an operation answered with in place of the one known. */
export function useSetVaultStatus(): (status: VaultStatus) => void {
  const queries = useQueryClient();
  return useCallback((status) => putAnswer(queries, STATUS_KEY, status), [queries]);
}

export type OpenVault = Extract<VaultStatus, { state: "unlocked" }> & {
  readonly session: NonNullable<Extract<VaultStatus, { state: "unlocked" }>["session"]>;
};

/** The open vault with this console's session, or `undefined` where Unlock or Create belongs. */
export function openVault(status: VaultStatus | undefined): OpenVault | undefined {
  return status?.state === "unlocked" && status.session ? { ...status, session: status.session } : undefined;
}
