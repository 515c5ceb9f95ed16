import { DeleteOutlined, StarOutlined } from "@ant-design/icons";
import { Button, Flex, Input, Space, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { SavedFilter } from "#shared/models/preferences.ts";
import { isName } from "#shared/text-rules.ts";
import { ToolbarPopover } from "./ToolbarPopover.tsx";

interface SavedFiltersProps {
  readonly saved: readonly SavedFilter[];
  /** The filters as they are now, an address's query; empty when nothing is filtered. */
  readonly query: string;
  readonly onApply: (query: string) => void;
  readonly onSave: (filters: SavedFilter[]) => void;
}

/** A user's own filters of a list, by name: apply, keep what is set now, delete. */
export function SavedFilters({ saved, query, onApply, onSave }: SavedFiltersProps) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const given = name.trim();
  const others = saved.filter((filter) => filter.name !== given);
  const full = others.length >= LIMITS.savedFiltersMax;
  const can = query !== "" && query.length <= LIMITS.filterQueryMax && isName(given) && !full;
  const keep = () => {
    if (!can) return;
    onSave([...others, { name: given, query }]);
    setName("");
  };
  return (
    <ToolbarPopover label={t("lists.saved")} icon={<StarOutlined />}>
      {(close) => (
        <Flex vertical gap={8}>
          {saved.length === 0 && <Typography.Text type="secondary">{t("lists.savedNone")}</Typography.Text>}
          <ul style={{ listStyle: "none", margin: 0, padding: 0, maxHeight: 260, overflow: "auto" }}>
            {saved.map((filter) => (
              <li key={filter.name} style={{ display: "flex", gap: 4 }}>
                <Button
                  type="text"
                  block
                  onClick={() => {
                    onApply(filter.query);
                    close();
                  }}
                  style={{ justifyContent: "flex-start", minWidth: 0, overflow: "hidden" }}
                >
                  <Typography.Text ellipsis={{ tooltip: filter.name }}>{filter.name}</Typography.Text>
                </Button>
                <Button
                  type="text"
                  icon={<DeleteOutlined />}
                  aria-label={t("lists.savedDelete", { name: filter.name })}
                  onClick={() => onSave(saved.filter((other) => other !== filter))}
                />
              </li>
            ))}
          </ul>
          <Space.Compact style={{ width: "100%" }}>
            <Input
              value={name}
              maxLength={LIMITS.filterNameMax}
              placeholder={t("lists.savedName")}
              aria-label={t("lists.savedName")}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
              onPressEnter={keep}
            />
            <Button type="primary" disabled={!can} onClick={keep}>
              {t("common.save")}
            </Button>
          </Space.Compact>
          {(query === "" || full) && (
            <Typography.Text type="secondary">
              {t(full ? "lists.savedFull" : "lists.savedNothing", { max: LIMITS.savedFiltersMax })}
            </Typography.Text>
          )}
        </Flex>
      )}
    </ToolbarPopover>
  );
}
