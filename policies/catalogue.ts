/** Every rule of this package, in the order of the documentation. */
import type { Rule } from "./rule";
import { agreeWithinRole } from "./rules/agree-within-role";
import { boundMax } from "./rules/bound-max";
import { boundTimeouts } from "./rules/bound-timeouts";
import { encryptSecrets } from "./rules/encrypt-secrets";
import { followTimeoutAdvice } from "./rules/follow-timeout-advice";
import { forbidPassword } from "./rules/forbid-password";
import { forbidRawWrites } from "./rules/forbid-raw-writes";
import { forbidRootLogin } from "./rules/forbid-root-login";
import { keepTimeoutFloors } from "./rules/keep-timeout-floors";
import { keepWithinRanges } from "./rules/keep-within-ranges";
import { limitBucketLoad } from "./rules/limit-bucket-load";
import { limitChangedHosts } from "./rules/limit-changed-hosts";
import { limitEstablishedTimeout } from "./rules/limit-established-timeout";
import { limitFleetMemory } from "./rules/limit-fleet-memory";
import { limitMemoryShare } from "./rules/limit-memory-share";
import { matchKubeProxy } from "./rules/match-kube-proxy";
import { pinHostKey } from "./rules/pin-host-key";
import { requireFacts } from "./rules/require-facts";
import { requireInputs } from "./rules/require-inputs";
import { requireVerdict } from "./rules/require-verdict";
import { setHashsize } from "./rules/set-hashsize";

export const rules: readonly Rule[] = [
  limitMemoryShare,
  boundMax,
  limitBucketLoad,
  setHashsize,
  keepWithinRanges,
  matchKubeProxy,
  boundTimeouts,
  keepTimeoutFloors,
  limitEstablishedTimeout,
  followTimeoutAdvice,
  requireVerdict,
  requireInputs,
  requireFacts,
  pinHostKey,
  forbidPassword,
  forbidRootLogin,
  encryptSecrets,
  forbidRawWrites,
  agreeWithinRole,
  limitFleetMemory,
  limitChangedHosts,
];
