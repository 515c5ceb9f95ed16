import { Flex, Tag, Typography } from "antd";
import { useTranslation } from "react-i18next";
import type { Result } from "#shared/contract/index.ts";
import { localTime } from "../../components/format.ts";

interface SharesGivenProps {
  readonly path: string;
  readonly backup: Result<"tokens", "describeBackup">;
  readonly given: readonly Result<"tokens", "checkShare">[];
}

/** What the file says it holds, and which shares are in; never what is in them. */
export function SharesGiven({ path, backup, given }: SharesGivenProps) {
  const { t } = useTranslation();
  const { key, from, createdAt, wrappedBy } = backup;
  if (wrappedBy.kind !== "shares") return null;
  const { threshold, total } = wrappedBy;
  return (
    <Flex vertical gap={8}>
      <Typography.Text type="secondary" style={{ overflowWrap: "anywhere" }}>
        {path}
      </Typography.Text>
      <Typography.Text>
        {t("tokens.shares.backupOf", { label: key.label, token: from.label, time: localTime(createdAt) })}
      </Typography.Text>
      <Flex gap={8} wrap align="center" role="status">
        <Typography.Text strong>
          {t("tokens.shares.have", { label: key.label, count: given.length, threshold })}
        </Typography.Text>
        {given.map(({ index }) => (
          <Tag key={index} color="success">
            {t("tokens.shares.shareTag", { index, total })}
          </Tag>
        ))}
      </Flex>
    </Flex>
  );
}
