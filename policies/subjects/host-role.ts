/** What a host is for. */
import { Role } from "../../src/sizing/roles";
import type { HostInputs } from "./subjects";

const known: readonly unknown[] = Object.values(Role);

/** The role by which a host is judged; one that nobody knows, which `require-inputs` reports, counts as `host`. */
export const roleOf = ({ role }: HostInputs): Role => (role !== undefined && known.includes(role) ? role : Role.Host);
