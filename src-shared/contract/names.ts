import { type Feature, operations } from "./index.ts";

/**
 * Feature → names of its operations, in the contract's order. For code that must know the names but not the schemas: the
 * preload and the page. Their bundles get this module as a plain constant (electron.vite.config.ts), so no schema library
 * crosses into the sandbox; a test on the bundles holds them to the contract.
 */
export const operationNames: Readonly<Record<Feature, readonly string[]>> = operations.reduce(
  (names, { feature, operation }) => {
    names[feature] = [...(names[feature] ?? []), operation];
    return names;
  },
  {} as Record<Feature, readonly string[]>,
);
