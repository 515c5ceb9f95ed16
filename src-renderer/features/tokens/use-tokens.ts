import { useMemo } from "react";
import type { TokenModuleView, TokenView } from "#shared/models/token.ts";
import { useOperation } from "../../app/use-operation.ts";
import { wantedTags } from "./tag-search.ts";

const NOTHING = {};
const NO_TOKENS: readonly TokenView[] = [];
const NO_MODULES: readonly TokenModuleView[] = [];

/**
 * Tokens and modules as main last saw them. One list for the whole console: main tells when it is another one, so a token's
 * page and the light in the top bar never disagree about what is in.
 */
export function useTokens() {
  const query = useOperation("tokens", "list", NOTHING);
  return { query, tokens: query.data?.tokens ?? NO_TOKENS, modules: query.data?.modules ?? NO_MODULES };
}

/** H13: those that have all the tags an address asks for; main chooses. Without tags it is the list everybody shares. */
export function useTaggedTokens(tags: string) {
  const input = useMemo(() => {
    const wanted = wantedTags(tags);
    return wanted.length === 0 ? NOTHING : { tags: wanted };
  }, [tags]);
  const query = useOperation("tokens", "list", input);
  return { query, tokens: query.data?.tokens ?? NO_TOKENS };
}

export function useToken(id: string | undefined): TokenView | undefined {
  return useTokens().tokens.find((token) => token.id === id);
}
