/** Type token of the component: the state names it, and policies and audits find tuned hosts by it. */
export const componentType = "conntrack:index:ConntrackTuning";
