import { Alert, Button, Flex } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { VaultWarning } from "#shared/models/vault.ts";
import { ErrorText } from "../../components/ErrorText.tsx";
import { AcceptRollbackDialog } from "./AcceptRollbackDialog.tsx";

/** What concerns the vault as a whole. An older copy of it can be stood by, once the traces have been looked at. */
export function VaultWarnings({ warnings }: { readonly warnings: readonly VaultWarning[] }) {
  const { t } = useTranslation();
  const [accepting, setAccepting] = useState(false);
  return (
    <>
      {warnings.map((warning) => (
        <Alert
          key={warning.code}
          type="warning"
          showIcon
          title={<ErrorText said={warning} />}
          {...(warning.code === "rolled-back"
            ? {
                description: (
                  <Flex gap={12} align="center" wrap>
                    <Link to="/traces" style={{ textDecoration: "underline" }}>
                      {t("overview.rollback.look")}
                    </Link>
                    <Button size="small" onClick={() => setAccepting(true)}>
                      {t("overview.rollback.intended")}
                    </Button>
                  </Flex>
                ),
              }
            : {})}
        />
      ))}
      {accepting && <AcceptRollbackDialog onClose={() => setAccepting(false)} />}
    </>
  );
}
