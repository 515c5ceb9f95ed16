import { Flex, Select, Typography } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Dialog } from "../components/Dialog.tsx";
import { addressOf } from "../components/format.ts";
import { searchRank } from "../components/text-search.ts";
import { useTaskTitle } from "../features/tasks/use-task-title.ts";
import { PAGE_PATH, PAGES } from "./pages.tsx";
import { useOperation } from "./use-operation.ts";
import { useWindowStore } from "./window-store.ts";

const NOTHING = {};
const LOCK = "!lock";

/** Ctrl+K: pages, key pairs, servers, tokens and tasks by name, and Lock. All by keyboard. */
export function CommandSearch({ onLock }: { readonly onLock: () => void }) {
  const { t } = useTranslation();
  const titleOf = useTaskTitle();
  const navigate = useNavigate();
  const setSearchOpen = useWindowStore((state) => state.setSearchOpen);
  const keypairs = useOperation("keypairs", "list", NOTHING);
  const servers = useOperation("servers", "list", NOTHING);
  const tokens = useOperation("tokens", "list", NOTHING);
  const tasks = useOperation("tasks", "list", NOTHING);
  const close = () => setSearchOpen(false);
  // One flat list: groups inside a listbox carry attributes that screen readers stumble over.
  const options = useMemo(
    () => [
      ...PAGES.map((page) => ({ value: PAGE_PATH[page], label: t(`nav.${page}`), kind: t("search.pages") })),
      { value: LOCK, label: t("top.lockHint"), kind: t("search.actions") },
      ...(keypairs.data?.keypairs ?? []).map((pair) => ({
        value: `/keypairs/${pair.id}`,
        label: pair.name,
        kind: t("nav.keypairs"),
      })),
      ...(servers.data?.servers ?? []).map((server) => ({
        value: `/servers/${server.id}`,
        label: `${server.name} · ${addressOf(server)}`,
        kind: t("nav.servers"),
      })),
      ...(tokens.data?.tokens ?? []).map((token) => ({
        value: `/tokens/${token.id}`,
        label: `${token.label || t("tokens.fresh")} · ${token.serial}`,
        kind: t("nav.tokens"),
      })),
      ...(tasks.data?.tasks ?? []).map((task) => ({
        value: `/tasks/${task.id}`,
        label: titleOf(task),
        kind: t("nav.tasks"),
      })),
    ],
    [t, titleOf, keypairs.data, servers.data, tokens.data, tasks.data],
  );
  return (
    <Dialog title={t("search.title")} footer={null} onCancel={close}>
      <Select<string, (typeof options)[number]>
        autoFocus
        defaultOpen
        showSearch={{
          optionFilterProp: "label",
          // “web” means the server web-1 rather than a key pair with “web” in the middle of its name.
          filterSort: (a, b, { searchValue }) => searchRank(a.label, searchValue) - searchRank(b.label, searchValue),
        }}
        aria-label={t("search.title")}
        placeholder={t("search.placeholder")}
        notFoundContent={t("search.none")}
        options={options}
        optionRender={({ data }) => (
          <Flex justify="space-between" gap={12}>
            <Typography.Text ellipsis>{data.label}</Typography.Text>
            <Typography.Text type="secondary">{data.kind}</Typography.Text>
          </Flex>
        )}
        listHeight={320}
        onKeyDown={(event) => event.key === "Escape" && close()}
        style={{ width: "100%" }}
        onSelect={(value) => {
          close();
          if (value === LOCK) onLock();
          else navigate(value);
        }}
      />
    </Dialog>
  );
}
