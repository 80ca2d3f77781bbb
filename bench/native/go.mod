// Programs of bench/fleet.ts: hosts that answer at once, and a measurement of everything that a command starts.
module pulumi-conntrack/bench

go 1.24.0

require golang.org/x/crypto v0.47.0

require golang.org/x/sys v0.40.0
