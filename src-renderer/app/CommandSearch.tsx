import { Modal, Select } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { addressOf } from "../components/format.ts";
import { PAGE_PATH, PAGES } from "./pages.tsx";
import { useOperation } from "./use-operation.ts";
import { useWindowStore } from "./window-store.ts";

const NOTHING = {};
const LOCK = "!lock";

/** Ctrl+K: pages, key pairs, servers and tasks by name, and Lock. All by keyboard. */
export function CommandSearch({ onLock }: { readonly onLock: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const setSearchOpen = useWindowStore((state) => state.setSearchOpen);
  const keypairs = useOperation("keypairs", "list", NOTHING);
  const servers = useOperation("servers", "list", NOTHING);
  const tasks = useOperation("tasks", "list", NOTHING);
  const close = () => setSearchOpen(false);
  const options = useMemo(
    () => [
      { label: t("search.pages"), options: PAGES.map((page) => ({ value: PAGE_PATH[page], label: t(`nav.${page}`) })) },
      {
        label: t("nav.keypairs"),
        options: (keypairs.data?.keypairs ?? []).map((pair) => ({ value: `/keypairs/${pair.id}`, label: pair.name })),
      },
      {
        label: t("nav.servers"),
        options: (servers.data?.servers ?? []).map((server) => ({
          value: `/servers/${server.id}`,
          label: `${server.name} · ${addressOf(server)}`,
        })),
      },
      {
        label: t("nav.tasks"),
        options: (tasks.data?.tasks ?? []).map((task) => ({ value: `/tasks/${task.id}`, label: task.title })),
      },
      { label: t("search.actions"), options: [{ value: LOCK, label: t("top.lockHint") }] },
    ],
    [t, keypairs.data, servers.data, tasks.data],
  );
  return (
    <Modal open title={t("search.title")} footer={null} onCancel={close} destroyOnHidden>
      <Select<string>
        autoFocus
        defaultOpen
        showSearch={{ optionFilterProp: "label" }}
        aria-label={t("search.title")}
        placeholder={t("search.placeholder")}
        notFoundContent={t("search.none")}
        options={options}
        listHeight={320}
        style={{ width: "100%" }}
        onSelect={(value) => {
          close();
          if (value === LOCK) onLock();
          else navigate(value);
        }}
      />
    </Modal>
  );
}
