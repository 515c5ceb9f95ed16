import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { ErrorPanel } from "./ErrorPanel.tsx";
import { Page } from "./Page.tsx";

interface MissingPageProps {
  readonly title: string;
  /** What the list holds, as "key pairs", and where it is. */
  readonly what: string;
  readonly list: string;
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** A page about one thing that is not here: being read, or gone. An old address then still leads somewhere. */
export function MissingPage({ title, what, list, error, onRetry }: MissingPageProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Page title={title}>
      {error ? (
        <>
          <ErrorPanel error={error} onRetry={onRetry} />
          <Button style={{ alignSelf: "start" }} onClick={() => void navigate(list)}>
            {t("common.toList", { what })}
          </Button>
        </>
      ) : (
        <Skeleton active />
      )}
    </Page>
  );
}
