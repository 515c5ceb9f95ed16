import { App } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useErrorLine } from "../../components/error-words.ts";
import type { RowAction } from "../../components/RowMenu.tsx";
import type { OpenTokenDialog, TokenAct } from "./TokenDialogs.tsx";
import { canTakePin, tokenName } from "./token-state.ts";

/** What can be done with one token in its present state. */
export function useTokenActions(
  openDialog: (dialog: OpenTokenDialog) => void,
): (token: TokenView) => readonly RowAction[] {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const inWords = useErrorLine();
  const navigate = useNavigate();
  const client = useClient();
  const { run: runLogOut } = useAction(
    (id: string) =>
      client.tokens.logOut({ id }).catch((error: unknown) => {
        message.error(isKeysteadError(error) ? inWords(error) : t("errors.unknownTitle"));
        throw error;
      }),
    ["tokens"],
  );
  return useCallback(
    (token) => {
      const dialog = (act: TokenAct, label: string, disabled: boolean): RowAction => ({
        key: act,
        label,
        disabled,
        onClick: () => openDialog({ act, token }),
      });
      const possible = canTakePin(token);
      const logOut = async () => {
        if (await runLogOut(token.id))
          message.success(t("tokens.logIn.out", { name: tokenName(token, t("tokens.fresh")) }));
      };
      return [
        token.loggedIn === "nobody"
          ? dialog("logIn", t("tokens.actions.logIn"), !possible)
          : { key: "logOut", label: t("tokens.actions.logOut"), onClick: () => void logOut() },
        dialog("changePin", t("tokens.actions.changePin"), !possible || token.writeProtected),
        dialog("unblock", t("tokens.actions.unblock"), !possible || token.writeProtected),
        {
          key: "initialise",
          label: token.initialized ? t("tokens.actions.reinitialise") : t("tokens.actions.initialise"),
          danger: token.initialized,
          disabled: !token.present || token.protectedPath || token.writeProtected,
          onClick: () => void navigate(`/tokens/${token.id}/initialise`),
        },
      ];
    },
    [openDialog, navigate, message, runLogOut, t],
  );
}
