/**
 * State, timeout and ASSURED after each packet. Measured on Linux 6.18 (conntrack -L in a network namespace) unless a
 * test names an older kernel, whose source says so.
 */
import {
  AGAIN,
  ANSWER,
  FIN,
  FIN_REPLY,
  HANDSHAKE_ACK,
  REQUEST,
  RST,
  RST_REPLY,
  SYN,
  SYN_ACK,
  TCP_DATA,
  TCP_DATA_ACK,
} from "../../../src/simulation/scenario/packets";
import { connection } from "./one-entry";

const MODERN = "6.18.44";
const HANDSHAKE = [SYN, SYN_ACK, HANDSHAKE_ACK];

describe("TCP on Linux 6.18", () => {
  test("a SYN without answer is SYN_SENT for 120 s from the first SYN, retransmissions do not renew it", () => {
    const { at } = connection(MODERN, "tcp");
    expect(at(0, SYN)).toEqual({ state: "synSent", left: 120, assured: false, replied: false });
    expect(at(1, SYN | AGAIN)).toMatchObject({ state: "synSent", left: 119 });
    expect(at(3, SYN | AGAIN)).toMatchObject({ state: "synSent", left: 117 });
  });

  test("a SYN answered by RST leaves no entry", () => {
    expect(connection(MODERN, "tcp").at(0, SYN, RST_REPLY)).toBe("gone");
  });

  test("SYN and SYN/ACK are SYN_RECV for 60 s, not assured", () => {
    const entry = connection(MODERN, "tcp").at(0, SYN, SYN_ACK);
    expect(entry).toEqual({ state: "synRecv", left: 60, assured: false, replied: true });
  });

  test("the ACK of the handshake makes it ESTABLISHED for 5 days and ASSURED", () => {
    const entry = connection(MODERN, "tcp").at(0, ...HANDSHAKE);
    expect(entry).toEqual({ state: "established", left: 432_000, assured: true, replied: true });
  });

  test("acknowledged data keeps the 5 days", () => {
    const { at } = connection(MODERN, "tcp");
    at(0, ...HANDSHAKE);
    expect(at(10, TCP_DATA, TCP_DATA_ACK)).toMatchObject({ state: "established", left: 432_000 });
  });

  test("data that a silent peer does not acknowledge leaves 300 s, renewed by each retransmission", () => {
    const { at } = connection(MODERN, "tcp");
    at(0, ...HANDSHAKE);
    expect(at(10, TCP_DATA)).toMatchObject({ state: "established", left: 300, assured: true });
    expect(at(11, TCP_DATA | AGAIN)).toMatchObject({ left: 300 });
    expect(at(100, TCP_DATA | AGAIN)).toMatchObject({ left: 300 });
  });

  test("a half-closed connection is FIN_WAIT 120 s, then CLOSE_WAIT 60 s once the FIN is acknowledged", () => {
    const { at } = connection(MODERN, "tcp");
    at(0, ...HANDSHAKE);
    expect(at(10, FIN)).toMatchObject({ state: "finWait", left: 120 });
    expect(at(10, TCP_DATA_ACK)).toMatchObject({ state: "closeWait", left: 60, assured: true });
  });

  test("the FIN of the other side is LAST_ACK 30 s, the last ACK TIME_WAIT 120 s", () => {
    const { at } = connection(MODERN, "tcp");
    at(0, ...HANDSHAKE, FIN, TCP_DATA_ACK);
    expect(at(10, FIN_REPLY)).toMatchObject({ state: "lastAck", left: 30 });
    expect(at(10, HANDSHAKE_ACK)).toMatchObject({ state: "timeWait", left: 120 });
  });

  test("a RST is CLOSE 10 s and still ASSURED", () => {
    const { at } = connection(MODERN, "tcp");
    at(0, ...HANDSHAKE);
    expect(at(10, RST)).toMatchObject({ state: "close", left: 10, assured: true });
  });

  test("a RST that is lost before it passes this host leaves ESTABLISHED: 5 days, or 300 s with data unacknowledged", () => {
    const idle = connection(MODERN, "tcp");
    idle.at(0, ...HANDSHAKE);
    expect(idle.at(3600)).toMatchObject({ state: "established", left: 432_000 - 3600 });
    const waiting = connection(MODERN, "tcp");
    waiting.at(0, ...HANDSHAKE, TCP_DATA);
    expect(waiting.at(200)).toMatchObject({ state: "established", left: 100 });
  });

  test("a connection picked up in its middle stays at 300 s until a packet after the first reply, which assures it", () => {
    const { at } = connection(MODERN, "tcp");
    expect(at(0, HANDSHAKE_ACK)).toEqual({ state: "established", left: 300, assured: false, replied: false });
    expect(at(1, TCP_DATA_ACK)).toEqual({ state: "established", left: 300, assured: false, replied: true });
    expect(at(2, HANDSHAKE_ACK)).toEqual({ state: "established", left: 432_000, assured: true, replied: true });
  });

  test("a FIN or RST of a connection that is not known opens no entry", () => {
    expect(connection(MODERN, "tcp").at(0, FIN)).toBe("gone");
    expect(connection(MODERN, "tcp").at(0, RST)).toBe("gone");
  });
});

describe("TCP on older kernels", () => {
  test("4.9 renews SYN_SENT with each SYN", () => {
    const { at } = connection("4.9.190", "tcp");
    at(0, SYN);
    expect(at(3, SYN | AGAIN)).toMatchObject({ state: "synSent", left: 120 });
  });

  test("2.6.18 knows no unacknowledged data, only three retransmissions: 5 days, then 300 s", () => {
    const { at } = connection("2.6.18", "tcp");
    at(0, ...HANDSHAKE);
    expect(at(10, TCP_DATA)).toMatchObject({ left: 432_000 });
    expect(at(11, TCP_DATA | AGAIN)).toMatchObject({ left: 432_000 });
    expect(at(13, TCP_DATA | AGAIN)).toMatchObject({ left: 432_000 });
    expect(at(17, TCP_DATA | AGAIN)).toMatchObject({ left: 300 });
  });

  test("2.4.20 leaves FIN_WAIT only with the other side's FIN, straight to TIME_WAIT", () => {
    const { at } = connection("2.4.20", "tcp");
    at(0, ...HANDSHAKE);
    expect(at(10, FIN, TCP_DATA_ACK)).toMatchObject({ state: "finWait", left: 120 });
    expect(at(10, FIN_REPLY)).toMatchObject({ state: "timeWait", left: 120 });
  });

  test("2.4.20 takes a FIN of the replying side in ESTABLISHED for CLOSE_WAIT", () => {
    const { at } = connection("2.4.20", "tcp");
    at(0, ...HANDSHAKE);
    expect(at(10, FIN_REPLY)).toMatchObject({ state: "closeWait", left: 60 });
  });
});

describe("UDP", () => {
  test.each(["2.6.18", "4.9.190", "5.10.198", MODERN])("one query with its answer costs 30 s on Linux %s", (kernel) => {
    expect(connection(kernel, "udp").at(0, REQUEST, ANSWER)).toMatchObject({ left: 30, assured: false, replied: true });
  });

  test("two exchanges on one port within 2 s leave 30 s and no ASSURED from 5.10 on; the next after 2.2 s does", () => {
    const { at } = connection(MODERN, "udp");
    at(0, REQUEST, ANSWER);
    expect(at(1, REQUEST, ANSWER)).toMatchObject({ left: 30, assured: false });
    expect(at(2.2, REQUEST, ANSWER)).toMatchObject({ left: 120, assured: true });
  });

  test("two exchanges on one port cost 180 s and ASSURED up to 4.9", () => {
    const { at } = connection("4.9.190", "udp");
    at(0, REQUEST, ANSWER);
    expect(at(0.1, REQUEST, ANSWER)).toMatchObject({ left: 180, assured: true });
  });

  test("the two seconds must have passed: at their very end a flow is not yet a stream", () => {
    const { at } = connection(MODERN, "udp");
    at(0, REQUEST, ANSWER);
    expect(at(2, REQUEST)).toMatchObject({ left: 30, assured: false });
    expect(at(2.004, REQUEST)).toMatchObject({ left: 120, assured: true });
  });

  test("packets without answer renew 30 s and never assure", () => {
    const { at } = connection(MODERN, "udp");
    at(0, REQUEST);
    expect(at(10, REQUEST)).toEqual({ state: "none", left: 30, assured: false, replied: false });
  });
});

describe("other protocols", () => {
  test("an echo request and its reply are 30 s, renewed by each packet, never assured", () => {
    const { at } = connection(MODERN, "icmp");
    at(0, REQUEST, ANSWER);
    expect(at(5, REQUEST, ANSWER)).toEqual({ state: "none", left: 30, assured: false, replied: true });
  });

  test("2.6.18 deletes an ICMP entry when all requests are answered", () => {
    expect(connection("2.6.18", "icmp").at(0, REQUEST, ANSWER)).toBe("gone");
  });

  test("an unknown protocol has 600 s, renewed by each packet", () => {
    const { at } = connection(MODERN, "generic");
    expect(at(0, REQUEST)).toMatchObject({ left: 600 });
    expect(at(100, REQUEST, ANSWER)).toMatchObject({ left: 600, assured: false });
  });
});
