export { Permissions } from "./permissions.ts";
