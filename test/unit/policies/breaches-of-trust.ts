/** One case for each way in which verdict, facts and connection of a host can break a rule. */
import type { Role } from "../../../src/sizing/roles";
import { compliantHost } from "../../support/policies";
import { withConnection, withFacts, withTable, withVerdict, type Breach } from "./host-fixtures";

export const breachesOfTrust: readonly Breach[] = [
  {
    rule: "require-verdict",
    field: "the verdict, missing",
    host: { ...compliantHost, verdict: undefined },
    says: "verdict is missing, so that nobody knows whether the settings carry the load",
  },
  {
    rule: "require-verdict",
    field: "the outcome",
    host: withVerdict({ outcome: "failed" }),
    says: "verdict.outcome is failed, which says that the settings do not carry the declared traffic",
  },
  {
    rule: "require-verdict",
    field: "an outcome that no simulation has",
    host: withVerdict({ outcome: "" }),
    says: "which says that the settings do not carry the declared traffic",
  },
  {
    rule: "require-verdict",
    field: "traffic that was not judged",
    host: withVerdict({}, { traffic: [] }),
    says: "verdict.outcome is notJudged, which says that the declared traffic was not judged",
  },
  {
    rule: "require-verdict",
    field: "the lack of traffic, where it is required",
    host: compliantHost,
    configured: { acceptNotJudged: false },
    says: "verdict.outcome is notJudged, which says that no traffic was declared to judge by",
  },
  {
    rule: "require-verdict",
    field: "the settings after they were judged",
    host: withTable({ max: 524289 }),
    says:
      "verdict.settingsHash belongs to other settings than these (the simulation of this package: a plan that was not " +
      "run is a guess). Run `pulumi preview` again, so that the simulation judges these very settings.",
  },
  {
    rule: "require-verdict",
    field: "the traffic after it was judged",
    host: withVerdict({ outcome: "passed" }, { traffic: [{ protocol: "udp" }] }),
    says: "verdict.settingsHash belongs to other settings than these",
  },
  {
    rule: "require-facts",
    field: "the cores of a Kubernetes node",
    host: { ...withFacts({ cores: undefined }), role: "kubernetesNode" },
    says:
      "facts.cores is missing, and kube-proxy sizes the table by the number of cores " +
      "(kubernetes pkg/proxy/conntrack/sysctls.go). `pulumi-conntrack facts HOST` prints all facts of a host",
  },
  {
    rule: "require-facts",
    field: "the upstream patch level of a distribution's kernel",
    host: withFacts({ unameVersion: undefined }),
    says: "facts.unameVersion is missing, and the release alone does not show the upstream patch level",
  },
  {
    rule: "require-facts",
    field: "the page size of an ARM host",
    host: withFacts({ arch: "aarch64", kernel: "6.1.176", unameVersion: undefined }),
    says: "facts.pageSizeBytes is missing",
  },
  {
    rule: "require-facts",
    field: "the low memory of a 32-bit host",
    host: withFacts({ arch: "i686", kernel: "6.1.176", unameVersion: undefined }),
    says: "facts.lowTotalKiB is missing",
  },
  {
    rule: "require-facts",
    field: "the network namespaces of a kernel with a table for each",
    host: withFacts({ kernel: "4.4.302", unameVersion: undefined }),
    says: "facts.networkNamespaces is missing",
  },
  {
    rule: "require-facts",
    field: "a fact that the organization wants",
    host: withFacts({ cores: undefined }),
    configured: { facts: ["cores"] },
    says: "facts.cores is missing, and every host must declare it",
  },
  {
    rule: "require-inputs",
    field: "the connection as a whole",
    host: { ...compliantHost, connection: undefined },
    says:
      "connection is missing, so that neither its host key nor its login can be judged (policies see only what the " +
      "component passes to the engine). Unset PULUMI_NODEJS_SKIP_COMPONENT_INPUTS, correct the arguments that the " +
      "component refuses, and update the stack.",
  },
  {
    rule: "require-inputs",
    field: "the facts as a whole",
    host: { ...compliantHost, facts: undefined },
    says: "facts is missing, so that nothing that depends on the kernel or on RAM can be judged",
  },
  {
    rule: "require-inputs",
    field: "a fact that every rule needs",
    host: withFacts({ memoryMiB: undefined }),
    says: "facts.memoryMiB is missing, so that nothing that depends on the kernel or on RAM can be judged",
  },
  {
    rule: "require-inputs",
    field: "the settings as a whole",
    host: { ...compliantHost, settings: undefined },
    says: "settings is missing, so that neither table nor timeouts can be judged",
  },
  {
    rule: "require-inputs",
    field: "the memory",
    host: { ...compliantHost, memory: undefined },
    says: "memory is missing, so that the table's share of RAM cannot be judged",
  },
  {
    rule: "require-inputs",
    field: "a kernel that nobody knows",
    host: withFacts({ kernel: "weird" }),
    says:
      "facts.kernel is weird, which no rule can judge by: it must be a kernel release such as 5.10.0-46-cloud-amd64 or " +
      "3.10.0-1160.el7.x86_64 (uname(2), field release). Write what `uname -r` prints on the host.",
  },
  {
    rule: "require-inputs",
    field: "a machine that nobody knows",
    host: withFacts({ arch: "z80" }),
    says: "facts.arch is z80, which no rule can judge by: it must be",
  },
  {
    rule: "require-inputs",
    field: "a kernel whose two names contradict each other",
    host: withFacts({ kernel: "5.15.0" }),
    says: "which no rule can judge by: it names 6.1.176, which is of another series than the release 5.15.0",
  },
  {
    rule: "require-inputs",
    field: "a max that is no number",
    host: withTable({ max: "many" as unknown as number }),
    says: "settings.max is many, which no rule can judge by: it must be a number",
  },
  {
    rule: "require-inputs",
    field: "a role that nobody knows",
    host: { ...compliantHost, role: "mainframe" as Role },
    says: "role is mainframe, which no rule can judge by: it must be one of host, nat, loadBalancer, dns, kubernetesNode",
  },
  {
    rule: "pin-host-key",
    field: "the host key",
    host: withConnection({ hostKey: undefined }),
    says: "connection.hostKey is missing, so that any host key is accepted (RFC 4251",
  },
  {
    rule: "pin-host-key",
    field: "the pin itself, ignored",
    host: withConnection({ insecureIgnoreHostKey: true }),
    says: "connection.insecureIgnoreHostKey is true, which lets anyone between pose as the host",
  },
  {
    rule: "pin-host-key",
    field: "the host key of the bastion",
    host: withConnection({ bastion: { user: "jump" } }),
    says: "connection.bastion.hostKey is missing",
  },
  {
    rule: "forbid-password",
    field: "a password",
    host: withConnection({ password: "swordfish" }),
    says: "connection.password is given, though logins by password are not allowed",
  },
  {
    rule: "forbid-password",
    field: "a password of the bastion",
    host: withConnection({ bastion: { password: "swordfish" } }),
    says: "connection.bastion.password is given",
  },
  {
    rule: "forbid-root-login",
    field: "the user, left at root",
    host: withConnection({ user: undefined }),
    says:
      "connection.user is root, which logs in as the superuser (CIS Distribution Independent Linux, sshd PermitRootLogin " +
      "no). Write a user that may run `sudo -n`, and connection.sudo: true.",
  },
  {
    rule: "forbid-root-login",
    field: "the user of the bastion",
    host: withConnection({ bastion: { user: "root" } }),
    says: "connection.bastion.user is root",
  },
];
