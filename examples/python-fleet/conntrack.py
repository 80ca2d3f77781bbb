"""ConntrackFleet as the plugin constructs it.

These lines are all that a program needs. `pulumi package gen-sdk --language python FOLDER/pulumi-resource-conntrack`,
with the language host that comes with Pulumi, writes the same with a type for every argument.
"""

from typing import Any, Mapping, Optional

import pulumi


class ConntrackFleet(pulumi.ComponentResource):
    """Tunes the connection tracking tables of many hosts; docs/fleet.md has the arguments."""

    pending: pulumi.Output[list]
    """Names of hosts that do not hold what they shall yet; the next update does exactly these."""

    count: pulumi.Output[int]
    """Hosts of the fleet."""

    def __init__(
        self,
        name: str,
        hosts: Mapping[str, Any],
        defaults: Optional[Mapping[str, Any]] = None,
        rollout: Optional[Mapping[str, Any]] = None,
        observe: Optional[bool] = None,
        opts: Optional[pulumi.ResourceOptions] = None,
    ) -> None:
        arguments = {"hosts": hosts, "defaults": defaults, "rollout": rollout, "observe": observe}
        outputs = {"pending": None, "count": None}
        super().__init__("conntrack:index:ConntrackFleet", name, {**arguments, **outputs}, opts, remote=True)
