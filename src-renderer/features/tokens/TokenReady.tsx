import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { useEnterPin } from "../../app/enter-pin.ts";
import { useToken } from "./use-tokens.ts";

interface TokenReadyProps {
  readonly tokenId: string;
  /** As it was when its key was made: the token may not be in, and unknown then. */
  readonly label: string;
  readonly holdsKey?: boolean;
}

/** Whether a token can be worked with now, live: insert it, enter its PIN, or nothing to do. */
export function TokenReady({ tokenId, label, holdsKey = false }: TokenReadyProps) {
  const { t } = useTranslation();
  const enterPin = useEnterPin();
  const token = useToken(tokenId);
  const style = { marginBottom: 16 };
  if (!token?.present) {
    const text = holdsKey ? t("tokens.ready.absent", { label }) : t("tokens.ready.absentPlain", { label });
    return <Alert type="warning" showIcon role="status" title={text} style={style} />;
  }
  if (token.loggedIn === "user" || !token.loginRequired)
    return <Alert type="success" showIcon role="status" title={t("tokens.ready.fine", { label })} style={style} />;
  return (
    <Alert
      type="info"
      showIcon
      role="status"
      title={t("tokens.ready.needsPin", { label })}
      action={
        <Button size="small" onClick={() => void enterPin(tokenId)}>
          {t("tokens.ready.enterPin")}
        </Button>
      }
      style={style}
    />
  );
}
