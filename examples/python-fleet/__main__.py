"""Three gateways, each at an address of its own; what they share stands once."""

import pulumi

from conntrack import ConntrackFleet

config = pulumi.Config()

fleet = ConntrackFleet(
    "gateways",
    defaults={
        "connection": {
            "port": config.require_int("port"),
            "hostKey": config.require("hostKey"),
            "privateKey": config.require_secret("privateKey"),
        },
        "facts": {"memoryMiB": 8192, "arch": "x86_64", "kernel": "6.1.0-50-cloud-amd64"},
        "role": "nat",
        "settings": {"timeouts": {"nf_conntrack_udp_timeout": config.require_int("udpTimeout")}},
    },
    hosts={
        name: {"connection": {"host": address}}
        for name, address in config.require_object("addresses").items()
    },
    rollout={"maximumFailures": 0},
)

pulumi.export("pending", fleet.pending)
pulumi.export("count", fleet.count)
