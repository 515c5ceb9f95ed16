import { expect, it } from "vitest";
import { moduleEnvironment } from "#main/adapters/pkcs11/node-process.ts";

it("C1 gives a token process what libraries read, what is passed for it, and nothing else", () => {
  const environment = moduleEnvironment(
    {
      PATH: "/bin",
      SOFTHSM2_CONF: "/a",
      SECRET: "s",
      NODE_OPTIONS: "--inspect",
      SSH_AUTH_SOCK: "/agent",
      HOME: undefined,
    },
    { SOFTHSM2_CONF: "/b", MAKER: "1", NOTHING: undefined },
  );
  expect(environment).toEqual({ PATH: "/bin", SOFTHSM2_CONF: "/b", MAKER: "1", UV_THREADPOOL_SIZE: "16" });
});
