import type { HandlerTable } from "#main/dispatch/handlers.ts";
import { backUpKey } from "./back-up-key.ts";
import { backUpKeyToShares } from "./back-up-key-to-shares.ts";
import { certificate, importCertificate, publicKey, requestCertificate } from "./certificates.ts";
import { deleteObject, renameObject } from "./change-objects.ts";
import { changePin, unblockPin } from "./change-pin.ts";
import { describeBackup } from "./describe-backup.ts";
import { diagnoseModule } from "./diagnose-module.ts";
import { generateKey, listObjects } from "./generate-key.ts";
import { cancelShares, confirmShare, revealShare } from "./hand-out-shares.ts";
import { initialize } from "./initialize-token.ts";
import { getToken, listTokens } from "./list-tokens.ts";
import { logIn, logOut } from "./log-in.ts";
import { activate, deactivate, setTags } from "./manage-instances.ts";
import { addModule, listModules, removeModule, restartModule, suggestModules } from "./manage-modules.ts";
import { measure } from "./measure-token.ts";
import { relinkInstance } from "./relink-instance.ts";
import { restoreKey } from "./restore-key.ts";
import { checkShare, rehearseShares, restoreKeyFromShares } from "./restore-key-from-shares.ts";
import { sign, verify } from "./sign-and-verify.ts";
import { beginSeries, endSeries, initializeNext } from "./token-series.ts";
import type { TokensParts } from "./tokens-parts.ts";
import { transferWrappingKey } from "./transfer-wrapping-key.ts";

export { type AdministratorParts, administratorHandlers } from "./administrators.ts";
export { KeysInUse } from "./keys-in-use.ts";
export { ShareCeremonies } from "./share-ceremony.ts";
export { type SshKeyPlace, TokenSshKeys } from "./ssh-keys.ts";
export type { TokenInUse } from "./token-in-use.ts";
export type { TokenModule, TokenModules } from "./token-port.ts";
export { TokenSeries } from "./token-series.ts";
export { TokenService } from "./token-service.ts";
export { unlockByToken } from "./unlock-by-token.ts";

/** Administrators are ways into the vault and have their own handlers. */
type TokenHandlers = Omit<
  HandlerTable["tokens"],
  "registerAdministrator" | "listAdministrators" | "removeAdministrator"
>;

export function tokenHandlers(parts: TokensParts): TokenHandlers {
  return {
    suggestModules: suggestModules(parts),
    addModule: addModule(parts),
    listModules: listModules(parts),
    removeModule: removeModule(parts),
    restartModule: restartModule(parts),
    diagnoseModule: diagnoseModule(parts),
    list: listTokens(parts),
    get: getToken(parts),
    activate: activate(parts),
    deactivate: deactivate(parts),
    setTags: setTags(parts),
    relinkInstance: relinkInstance(parts),
    logIn: logIn(parts),
    logOut: logOut(parts),
    initialize: initialize(parts),
    beginSeries: beginSeries(parts),
    initializeNext: initializeNext(parts),
    endSeries: endSeries(parts),
    changePin: changePin(parts),
    unblockPin: unblockPin(parts),
    listObjects: listObjects(parts),
    generateKey: generateKey(parts),
    renameObject: renameObject(parts),
    deleteObject: deleteObject(parts),
    publicKey: publicKey(parts),
    sign: sign(parts),
    verify: verify(parts),
    requestCertificate: requestCertificate(parts),
    importCertificate: importCertificate(parts),
    certificate: certificate(parts),
    transferWrappingKey: transferWrappingKey(parts),
    backUpKey: backUpKey(parts),
    describeBackup: describeBackup(),
    restoreKey: restoreKey(parts),
    backUpKeyToShares: backUpKeyToShares(parts),
    revealShare: revealShare(parts),
    confirmShare: confirmShare(parts),
    cancelShares: cancelShares(parts),
    checkShare: checkShare(),
    rehearseShares: rehearseShares(),
    restoreKeyFromShares: restoreKeyFromShares(parts),
    measure: measure(parts),
  };
}
