import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import type { Server } from "#shared/models/server.ts";
import { mayAllowPasswords } from "./server-state.ts";

interface PasswordsOffNoteProps {
  readonly server: Server;
  readonly onAllow: () => void;
}

/** Binding starts with a login by password: where the server takes none, it is said before one is asked for. */
export function PasswordsOffNote({ server, onAllow }: PasswordsOffNoteProps) {
  const { t } = useTranslation();
  const here = mayAllowPasswords(server);
  return (
    <Alert
      type="warning"
      showIcon
      title={t("bind.passwordsOff")}
      description={t(here ? "bind.passwordsOffHere" : "bind.passwordsOffThere")}
      action={here && <Button onClick={onAllow}>{t("allowPasswords.action")}</Button>}
      style={{ marginBottom: 16 }}
    />
  );
}
