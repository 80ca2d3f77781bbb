/** Type token of the component: the state names it, and policies and audits find tuned hosts by it. */
export const componentType = "conntrack:index:ConntrackTuning";

/** Type tokens of a fleet and of one of its waves, which holds the hosts. */
export const fleetType = "conntrack:index:ConntrackFleet";
export const rolloutType = "conntrack:index:Rollout";

/** Token of the function that asks hosts what they are made of. */
export const observeToken = "conntrack:index:observe";
