import { Select } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { TokenView } from "#shared/models/token.ts";
import { knownTags, tagCode, tagsQuery, tagText, type WantedTag, wantedTags } from "./tag-search.ts";

interface TagSearchProps {
  readonly tokens: readonly TokenView[];
  /** The tags as they stand in the address. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** H13, T02: up to twenty tags at once, a chip each; all must match. */
export function TagSearch({ tokens, value, onChange }: TagSearchProps) {
  const { t } = useTranslation();
  const wanted = useMemo(() => wantedTags(value), [value]);
  const options = useMemo(() => {
    const known = knownTags(tokens).map(tagCode);
    const all = [...new Set([...known, ...wanted.map(tagCode)])];
    return all.map((code) => ({ value: code, label: labelOf(code) }));
    function labelOf(code: string): string {
      const [tag] = wantedTags(code);
      return tag === undefined ? code : shown(tag);
    }
    function shown({ key, value: one }: WantedTag): string {
      return one === undefined ? t("tokens.tagSearch.anyValue", { key }) : tagText({ key, value: one });
    }
  }, [tokens, wanted, t]);
  return (
    <Select<string[]>
      mode="multiple"
      showSearch={{ optionFilterProp: "label" }}
      aria-label={t("tokens.tagSearch.label")}
      placeholder={t("tokens.tagSearch.label")}
      title={t("tokens.tagSearch.hint", { max: LIMITS.searchTagsMax })}
      maxCount={LIMITS.searchTagsMax}
      maxTagCount="responsive"
      allowClear
      value={wanted.map(tagCode)}
      options={options}
      onChange={(codes) => onChange(tagsQuery(codes))}
      notFoundContent={t("tokens.tagSearch.none")}
      popupMatchSelectWidth={false}
      style={{ minWidth: 200, maxWidth: 560, flex: "1 1 240px" }}
    />
  );
}
